"""Leads in the database."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, LongText, UtcDateTime, text_type
from chassis.listing import Listing
from services.marketing.leads.domain import Lead
from services.marketing.tables import metadata

leads = tables.record_table(
    "leads",
    metadata,
    sa.Column("given_name", text_type(100), nullable=False),
    sa.Column("family_name", text_type(100), nullable=False),
    sa.Column("company", text_type(200), nullable=False),
    sa.Column("email", text_type(254), nullable=False),
    sa.Column("phone", text_type(40), nullable=False),
    sa.Column("country", Id, nullable=False),
    sa.Column("city", text_type(100), nullable=False),
    sa.Column("postal_code", text_type(20), nullable=False),
    sa.Column("street", text_type(200), nullable=False),
    sa.Column("interest", LongText, nullable=False),
    sa.Column("source", Id, nullable=False),
    sa.Column("campaign_id", Id, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "LEAD_STATE_"}),
    *tables.ownership(),
    sa.Column("disqualify_reason", Id),
    sa.Column("disqualify_note", LongText, nullable=False),
    sa.Column("first_response_due_time", UtcDateTime),
    sa.Column("first_response_time", UtcDateTime),
    sa.Index("ix_leads_create_time", "create_time", "id"),
    sa.Index("ix_leads_owner_id", "owner_id", "create_time"),
    sa.Index("ix_leads_campaign_id", "campaign_id", "create_time"),
)

LISTING = Listing(
    leads,
    fields=(
        "state",
        "source",
        "campaign_id",
        "owner_id",
        "country",
        "company",
        "email",
        "create_time",
        "update_time",
    ),
    default_order="create_time desc",
)


def get(tx: Transaction, lead_id: str, etag: str = "") -> Lead:
    """A lead that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, leads, Lead, lead_id, etag=etag)


def add(tx: Transaction, lead: Lead) -> None:
    """Write a new lead."""
    tables.insert(tx, leads, lead)


def save(tx: Transaction, lead: Lead) -> None:
    """Write a changed lead. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, leads, lead)


def remove(tx: Transaction, lead: Lead) -> None:
    """Delete a lead. Errors: CONCURRENT_CHANGE."""
    tables.delete(tx, leads, lead)
