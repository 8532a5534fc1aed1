"""Partner programmes in the database."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, LongText, text_type
from chassis.listing import Listing
from services.partners.partner_programmes.domain import PartnerProgramme
from services.partners.tables import metadata

partner_programmes = tables.record_table(
    "partner_programmes",
    metadata,
    sa.Column("name", text_type(200), nullable=False),
    sa.Column("name_zh", text_type(200), nullable=False),
    sa.Column("description", LongText, nullable=False),
    sa.Column("tiers", Json, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "PARTNER_PROGRAMME_STATE_"}),
    sa.Index("ix_partner_programmes_create_time", "create_time", "id"),
    sa.Index("ix_partner_programmes_name", "name", "id"),
)

LISTING = Listing(
    partner_programmes,
    fields=("name", "name_zh", "state", "create_time", "update_time"),
    default_order="name",
)


def get(tx: Transaction, programme_id: str, etag: str = "") -> PartnerProgramme:
    """A programme. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, partner_programmes, PartnerProgramme, programme_id, etag=etag)


def add(tx: Transaction, programme: PartnerProgramme) -> None:
    """Write a new programme."""
    tables.insert(tx, partner_programmes, programme)


def save(tx: Transaction, programme: PartnerProgramme) -> None:
    """Write a changed programme. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, partner_programmes, programme)
