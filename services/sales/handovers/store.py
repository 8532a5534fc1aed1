"""Handovers in the database."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id
from chassis.listing import Listing
from chassis.records.rows import from_row, to_row
from services.sales.handovers.domain import Handover
from services.sales.tables import metadata

handovers = tables.record_table(
    "handovers",
    metadata,
    sa.Column("source_id", Id, nullable=False),
    sa.Column("lead_id", Id, nullable=False),
    sa.Column("campaign_id", Id, nullable=False),
    sa.Column("partner_id", Id, nullable=False),
    sa.Column("deal_id", Id, nullable=False),
    *tables.ownership(),
    sa.Column("account_id", Id, nullable=False),
    sa.Column("account_created", sa.Boolean, nullable=False),
    sa.Column("contact_id", Id, nullable=False),
    sa.Column("contact_created", sa.Boolean, nullable=False),
    sa.Column("contact_joined", sa.Boolean, nullable=False),
    sa.Column("opportunity_id", Id, nullable=False),
    sa.Column("opportunity_created", sa.Boolean, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "HANDOVER_STATE_"}),
    sa.UniqueConstraint("source_id", name="uq_handovers_source_id"),
    sa.Index("ix_handovers_create_time", "create_time", "id"),
    sa.Index("ix_handovers_lead_id", "lead_id"),
    sa.Index("ix_handovers_owner_id", "owner_id", "create_time"),
)

LISTING = Listing(
    handovers,
    fields=(
        "source_id",
        "lead_id",
        "campaign_id",
        "partner_id",
        "deal_id",
        "account_id",
        "contact_id",
        "opportunity_id",
        "state",
        "owner_id",
        "create_time",
        "update_time",
    ),
    default_order="create_time desc",
)


class SourceTakenOver(Exception):
    """Another transaction has just taken this source over; read its handover."""


def get(tx: Transaction, handover_id: str, etag: str = "") -> Handover:
    """A handover that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, handovers, Handover, handover_id, etag=etag)


def of_source(tx: Transaction, source_id: str) -> Handover:
    """The handover of a source that has been taken over, whoever may see it."""
    row = tx.execute(sa.select(handovers).where(handovers.c.source_id == source_id)).one()
    handover: Handover = from_row(Handover, row)
    return handover


def claim(tx: Transaction, handover: Handover) -> None:
    """Write a new handover before anything is created for it.

    Whoever else claims the same source waits until this transaction ends. Raises SourceTakenOver if
    the source has a handover already; the transaction cannot be used any more then.
    """
    try:
        tables.insert(tx, handovers, handover)
    except sa.exc.IntegrityError as error:
        raise SourceTakenOver from error


def complete(tx: Transaction, handover: Handover) -> None:
    """Write what came of a handover claimed in this transaction; it stays at its first version."""
    statement = sa.update(handovers).where(handovers.c.id == handover.id)
    tx.execute(statement.values(to_row(handover)))


def save(tx: Transaction, handover: Handover) -> None:
    """Write a changed handover. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, handovers, handover)
