"""Partners in the database."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, LongText, text_type
from chassis.extensions import values
from chassis.extensions.tables import extensions_column
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.partners.partners.domain import Partner
from services.partners.tables import metadata

#: What requests and declarations of extension fields call a partner.
RESOURCE = "partner"

partners = tables.record_table(
    "partners",
    metadata,
    sa.Column("name", text_type(200), nullable=False),
    sa.Column("legal_name", text_type(200), nullable=False),
    sa.Column("registration_number", Id, nullable=False),
    sa.Column("tax_id", Id, nullable=False),
    sa.Column("website", text_type(300), nullable=False),
    sa.Column("country", Id, nullable=False),
    sa.Column("territories", Json, nullable=False),
    sa.Column("regions", Json, nullable=False),
    sa.Column("contacts", Json, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "PARTNER_STATE_"}),
    sa.Column("tier", Id, nullable=False, info={"enum_prefix": "PARTNER_TIER_"}),
    sa.Column("commission_rate_bp", sa.Integer, nullable=False),
    sa.Column("currency", Id, nullable=False),
    sa.Column("due_diligence", Json, nullable=False),
    sa.Column("agreement_reference", text_type(100), nullable=False),
    sa.Column("agreement_date", Id, nullable=False),
    sa.Column("reason", Id),
    sa.Column("reason_note", LongText, nullable=False),
    *tables.ownership(),
    extensions_column(),
    sa.Index("ix_partners_name", "name", "id"),
    sa.Index("ix_partners_create_time", "create_time", "id"),
    sa.Index("ix_partners_owner_id", "owner_id", "create_time"),
)
# A partner's users see the row that is their company.
partners.info["partner_id"] = "id"

LISTING = Listing(
    partners,
    fields=(
        "name",
        "legal_name",
        "country",
        "tax_id",
        "state",
        "tier",
        "currency",
        "owner_id",
        "create_time",
        "update_time",
    ),
    default_order="name",
    extensions=RESOURCE,
)


def get(tx: Transaction, partner_id: str, etag: str = "") -> Partner:
    """A partner that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, partners, Partner, partner_id, etag=etag)


def known(tx: Transaction, partner_id: str) -> Partner:
    """A partner whoever asks, for the rules of what belongs to it. Errors: NOT_FOUND."""
    row = tx.execute(sa.select(partners).where(partners.c.id == partner_id)).one_or_none()
    if row is None:
        raise tables.not_found(partners, partner_id)
    partner: Partner = from_row(Partner, row)
    return partner


def add(tx: Transaction, partner: Partner) -> None:
    """Write a new partner; it is the caller's to look after."""
    tables.own(tx, partner)
    tables.insert(tx, partners, partner)


def save(tx: Transaction, partner: Partner) -> None:
    """Write a changed partner. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, partners, partner)


def remove(tx: Transaction, partner: Partner) -> None:
    """Delete a partner. Errors: CONCURRENT_CHANGE."""
    values.forget(tx, partner)
    tables.delete(tx, partners, partner)
