"""Clearances in the database of every region, and the digest by which regions compare them."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.database import Id, UtcDateTime, text_type
from chassis.listing import Listing
from chassis.records import from_row, to_row
from services.partners.clearances.domain import Clearance
from services.partners.tables import metadata

clearances = sa.Table(
    "clearances",
    metadata,
    sa.Column("id", text_type(80), primary_key=True),
    sa.Column("deal_id", Id, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("region", Id, nullable=False),
    sa.Column("decision", Id, info={"enum_prefix": "CLEARANCE_DECISION_"}),
    sa.Column("conflicting_deal_id", Id, nullable=False),
    sa.Column("conflicting_region", Id, nullable=False),
    sa.Column("identifier", Id, nullable=False),
    sa.Column("decide_time", UtcDateTime),
    sa.Column("released", sa.Boolean, nullable=False),
    sa.Index("ix_clearances_deal_id", "deal_id", "number"),
    sa.Index("ix_clearances_decide_time", "decide_time", "id"),
)

LISTING = Listing(
    clearances,
    fields=("deal_id", "region", "decision", "conflicting_region", "decide_time", "released"),
    default_order="decide_time desc",
)

#: What of a clearance is compared: all that is the same wherever it was heard.
_COMPARED = (
    clearances.c.id,
    clearances.c.region,
    clearances.c.decision,
    clearances.c.conflicting_deal_id,
    clearances.c.conflicting_region,
    clearances.c.identifier,
    clearances.c.released,
)


def of_deal(tx: Transaction, deal_id: str) -> dict[int, Clearance]:
    """The clearances of a deal by their numbers; nobody else changes them until this transaction ends."""
    rows = tx.execute(
        sa.select(clearances)
        .where(clearances.c.deal_id == deal_id)
        .order_by(clearances.c.number)
        .with_for_update()
    )
    return {row.number: from_row(Clearance, row) for row in rows}


def put(tx: Transaction, clearance: Clearance) -> None:
    """Write what is known of a clearance."""
    row = to_row(clearance) | {"id": clearance.id}
    changed = tx.execute(sa.update(clearances).where(clearances.c.id == clearance.id).values(row))
    if changed.rowcount == 0:
        tx.execute(sa.insert(clearances), row)


def digest(tx: Transaction) -> tuple[int, str]:
    """How many clearances there are, and SHA-256 of them all in the order of their ids."""
    whole, number = hashlib.sha256(), 0
    for row in tx.execute(sa.select(*_COMPARED).order_by(clearances.c.id)):
        whole.update("|".join(str(value) for value in row).encode() + b"\n")
        number += 1
    return number, whole.hexdigest()
