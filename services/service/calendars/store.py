"""Calendars in the database."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, text_type
from chassis.errors import Refused
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.service.calendars.domain import Calendar
from services.service.tables import metadata

calendars = tables.record_table(
    "calendars",
    metadata,
    sa.Column("name", text_type(100), nullable=False),
    sa.Column("time_zone", Id, nullable=False),
    sa.Column("round_the_clock", sa.Boolean, nullable=False),
    sa.Column("weekdays", Json, nullable=False),
    sa.Column("special_days", Json, nullable=False),
    sa.Index("ix_calendars_create_time", "create_time", "id"),
)

LISTING = Listing(
    calendars,
    fields=("name", "time_zone", "round_the_clock", "create_time", "update_time"),
    default_order="create_time desc",
)


def get(tx: Transaction, calendar_id: str, etag: str = "") -> Calendar:
    """A calendar. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, calendars, Calendar, calendar_id, etag=etag)


def by_ids(tx: Transaction, ids: Collection[str]) -> dict[str, Calendar]:
    """The calendars with these ids, by id."""
    rows = tx.execute(sa.select(calendars).where(calendars.c.id.in_(set(ids))))
    return {row.id: from_row(Calendar, row) for row in rows}


def add(tx: Transaction, calendar: Calendar) -> None:
    """Write a new calendar."""
    tables.insert(tx, calendars, calendar)


def save(tx: Transaction, calendar: Calendar) -> None:
    """Write a changed calendar. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, calendars, calendar)


def remove(tx: Transaction, calendar: Calendar) -> None:
    """Delete a calendar. Errors: CONCURRENT_CHANGE, CALENDAR_IN_USE."""
    try:
        tables.delete(tx, calendars, calendar)
    except sa.exc.IntegrityError:
        raise Refused("CALENDAR_IN_USE") from None
