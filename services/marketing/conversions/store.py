"""Conversions in the database."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.marketing.conversions.domain import UNFINISHED, Conversion
from services.marketing.tables import metadata

conversions = tables.record_table(
    "conversions",
    metadata,
    sa.Column("lead_id", Id, nullable=False),
    sa.Column("plan", Json, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "CONVERSION_STATE_"}),
    sa.Column("handover_id", Id, nullable=False),
    sa.Column("account_id", Id, nullable=False),
    sa.Column("account_created", sa.Boolean, nullable=False),
    sa.Column("contact_id", Id, nullable=False),
    sa.Column("contact_created", sa.Boolean, nullable=False),
    sa.Column("opportunity_id", Id, nullable=False),
    sa.Column("failure_reason", Id, nullable=False),
    *tables.ownership(),
    sa.Index("ix_conversions_create_time", "create_time", "id"),
    sa.Index("ix_conversions_lead_id", "lead_id"),
    sa.Index("ix_conversions_opportunity_id", "opportunity_id"),
    sa.Index("ix_conversions_state", "state", "update_time"),
)

LISTING = Listing(
    conversions,
    fields=(
        "lead_id",
        "state",
        "account_id",
        "opportunity_id",
        "owner_id",
        "create_time",
        "update_time",
    ),
    default_order="create_time desc",
)


def get(tx: Transaction, conversion_id: str, etag: str = "") -> Conversion:
    """A conversion that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, conversions, Conversion, conversion_id, etag=etag)


def add(tx: Transaction, conversion: Conversion) -> None:
    """Write a new conversion."""
    tables.insert(tx, conversions, conversion)


def save(tx: Transaction, conversion: Conversion) -> None:
    """Write a changed conversion. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, conversions, conversion)


def stuck(tx: Transaction, before: datetime, limit: int) -> list[Conversion]:
    """Conversions that sales owes an answer since before then, the oldest first."""
    waiting = sa.select(conversions).where(
        conversions.c.state.in_(UNFINISHED), conversions.c.update_time < before
    )
    rows = tx.execute(waiting.order_by(conversions.c.update_time).limit(limit))
    return [from_row(Conversion, row) for row in rows]
