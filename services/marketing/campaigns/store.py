"""Campaigns and their budgets' entries in the database."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, LongText, UtcDateTime, text_type
from chassis.errors import AlreadyExists, Invalid, NotFound
from chassis.listing import Listing
from chassis.records.rows import from_row, to_row
from services.marketing.campaigns.domain import BudgetEntry, Campaign
from services.marketing.tables import metadata

campaigns = tables.record_table(
    "campaigns",
    metadata,
    sa.Column("programme_id", Id, nullable=False),
    sa.Column("parent_id", Id, nullable=False),
    sa.Column("name", text_type(200), nullable=False),
    sa.Column("description", LongText, nullable=False),
    sa.Column("channel", Id, nullable=False),
    sa.Column("start_date", Id, nullable=False),
    sa.Column("end_date", Id, nullable=False),
    sa.Column("currency", Id, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "CAMPAIGN_STATE_"}),
    sa.Column("planned_minor", sa.BigInteger, nullable=False),
    sa.Column("committed_minor", sa.BigInteger, nullable=False),
    sa.Column("actual_minor", sa.BigInteger, nullable=False),
    sa.Column("cancel_reason", LongText, nullable=False),
    *tables.ownership(),
    sa.Column("has_entries", sa.Boolean, nullable=False),
    sa.Index("ix_campaigns_create_time", "create_time", "id"),
    sa.Index("ix_campaigns_programme_id", "programme_id"),
    sa.Index("ix_campaigns_parent_id", "parent_id"),
)

entries = sa.Table(
    "budget_entries",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("campaign_id", Id, sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("kind", Id, nullable=False, info={"enum_prefix": "BUDGET_ENTRY_KIND_"}),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("amount_currency", Id, nullable=False),
    sa.Column("entry_date", Id, nullable=False),
    sa.Column("description", LongText, nullable=False),
    sa.Column("reference", Id, nullable=False),
    sa.Column("reverses_id", Id, nullable=False),
    sa.Column("author_id", Id, nullable=False),
    sa.Column("create_time", UtcDateTime, nullable=False),
    sa.Index("ix_budget_entries_campaign_id", "campaign_id", "create_time"),
    sa.Index("ix_budget_entries_reference", "campaign_id", "reference"),
    sa.Index("ix_budget_entries_reverses_id", "reverses_id"),
)

LISTING = Listing(
    campaigns,
    fields=(
        "programme_id",
        "parent_id",
        "name",
        "channel",
        "state",
        "owner_id",
        "start_date",
        "end_date",
        "create_time",
    ),
    default_order="create_time desc",
)
ENTRIES = Listing(
    entries, fields=("kind", "entry_date", "reference", "create_time"), default_order="create_time"
)


def get(tx: Transaction, campaign_id: str, etag: str = "") -> Campaign:
    """A campaign that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, campaigns, Campaign, campaign_id, etag=etag)


def require(tx: Transaction, campaign_id: str, *, field: str) -> None:
    """See that what refers to a campaign, if to any, refers to one that the caller may read (ADR 0405).

    Errors: Invalid(CAMPAIGN_UNKNOWN).
    """
    if not campaign_id:
        return
    try:
        get(tx.seeing("marketing.campaigns.read"), campaign_id)
    except NotFound:
        raise Invalid("CAMPAIGN_UNKNOWN", field=field, id=campaign_id) from None


def add(tx: Transaction, campaign: Campaign) -> None:
    """Write a new campaign."""
    tables.insert(tx, campaigns, campaign)


def save(tx: Transaction, campaign: Campaign) -> None:
    """Write a changed campaign. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, campaigns, campaign)


def remove(tx: Transaction, campaign: Campaign) -> None:
    """Delete a campaign. Errors: CONCURRENT_CHANGE."""
    tables.delete(tx, campaigns, campaign)


def any_of_programme(tx: Transaction, programme_id: str) -> bool:
    """Whether a programme has campaigns."""
    return _any(tx, campaigns.c.programme_id == programme_id)


def any_tactic(tx: Transaction, campaign_id: str) -> bool:
    """Whether a campaign has tactics."""
    return _any(tx, campaigns.c.parent_id == campaign_id)


def with_tactics(tx: Transaction, campaign_id: str) -> list[Campaign]:
    """A campaign and its tactics."""
    family = sa.or_(campaigns.c.id == campaign_id, campaigns.c.parent_id == campaign_id)
    return [from_row(Campaign, row) for row in tx.execute(sa.select(campaigns).where(family))]


def add_entry(tx: Transaction, entry: BudgetEntry) -> None:
    """Add a line to a budget. Errors: BUDGET_REFERENCE_USED."""
    if (
        entry.reference
        and tx.execute(
            sa.select(entries.c.id).where(
                entries.c.campaign_id == entry.campaign_id, entries.c.reference == entry.reference
            )
        ).first()
    ):
        raise AlreadyExists("BUDGET_REFERENCE_USED", reference=entry.reference)
    tx.execute(sa.insert(entries), to_row(entry))


def entry_of(tx: Transaction, campaign_id: str, entry_id: str) -> BudgetEntry:
    """A line of a campaign's budget. Errors: NOT_FOUND."""
    statement = sa.select(entries).where(
        entries.c.id == entry_id, entries.c.campaign_id == campaign_id
    )
    row = tx.execute(statement).one_or_none()
    if row is None:
        raise tables.not_found(entries, entry_id)
    entry: BudgetEntry = from_row(BudgetEntry, row)
    return entry


def is_reversed(tx: Transaction, entry_id: str) -> bool:
    """Whether another line takes this one back."""
    return (
        tx.execute(sa.select(entries.c.id).where(entries.c.reverses_id == entry_id)).first()
        is not None
    )


def _any(tx: Transaction, condition: sa.ColumnElement[bool]) -> bool:
    return tx.execute(sa.select(campaigns.c.id).where(condition).limit(1)).first() is not None
