"""Forms in the database."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, text_type
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.marketing.lead_forms.domain import LeadForm
from services.marketing.tables import metadata

forms = tables.record_table(
    "lead_forms",
    metadata,
    sa.Column("secret", text_type(100), nullable=False),
    sa.Column("name", text_type(200), nullable=False),
    sa.Column("campaign_id", Id, nullable=False),
    sa.Column("source", Id, nullable=False),
    sa.Column("fields", Json, nullable=False),
    sa.Column("required_fields", Json, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "LEAD_FORM_STATE_"}),
    *tables.ownership(),
    sa.Index("ix_lead_forms_create_time", "create_time", "id"),
)

LISTING = Listing(
    forms,
    fields=("name", "state", "campaign_id", "owner_id", "create_time"),
    default_order="create_time desc",
)


def get(tx: Transaction, form_id: str, etag: str = "") -> LeadForm:
    """A form that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, forms, LeadForm, form_id, etag=etag)


def shown(tx: Transaction, form_id: str) -> LeadForm:
    """A form, for whoever opens the page that it is on. Errors: NOT_FOUND."""
    row = tx.execute(sa.select(forms).where(forms.c.id == form_id)).one_or_none()
    if row is None:
        raise tables.not_found(forms, form_id)
    form: LeadForm = from_row(LeadForm, row)
    return form


def add(tx: Transaction, form: LeadForm) -> None:
    """Write a new form."""
    tables.insert(tx, forms, form)


def save(tx: Transaction, form: LeadForm) -> None:
    """Write a changed form. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, forms, form)


def remove(tx: Transaction, form: LeadForm) -> None:
    """Delete a form; its leads stay. Errors: CONCURRENT_CHANGE."""
    tables.delete(tx, forms, form)
