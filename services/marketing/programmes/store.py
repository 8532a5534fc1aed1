"""Programmes in the database."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, LongText, text_type
from chassis.listing import Listing
from services.marketing.programmes.domain import Programme
from services.marketing.tables import metadata

programmes = tables.record_table(
    "programmes",
    metadata,
    sa.Column("name", text_type(200), nullable=False),
    sa.Column("description", LongText, nullable=False),
    sa.Column("start_date", Id, nullable=False),
    sa.Column("end_date", Id, nullable=False),
    *tables.ownership(),
    sa.Index("ix_programmes_create_time", "create_time", "id"),
)

LISTING = Listing(
    programmes,
    fields=("name", "start_date", "end_date", "owner_id", "create_time"),
    default_order="create_time desc",
)


def get(tx: Transaction, programme_id: str, etag: str = "") -> Programme:
    """A programme that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, programmes, Programme, programme_id, etag=etag)


def add(tx: Transaction, programme: Programme) -> None:
    """Write a new programme."""
    tables.insert(tx, programmes, programme)


def save(tx: Transaction, programme: Programme) -> None:
    """Write a changed programme. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, programmes, programme)


def remove(tx: Transaction, programme: Programme) -> None:
    """Delete a programme. Errors: CONCURRENT_CHANGE."""
    tables.delete(tx, programmes, programme)
