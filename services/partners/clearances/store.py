"""Clearances in the database of every region, and the digest by which regions compare them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.database import Id, UtcDateTime, text_type
from chassis.listing import Listing
from chassis.records.rows import from_row, to_row
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


def newest_decision(tx: Transaction) -> datetime | None:
    """When the last decision was made; None if there is none."""
    newest: datetime | None = tx.execute(sa.select(sa.func.max(clearances.c.decide_time))).scalar()
    return newest


def decided_here_or_after(tx: Transaction, since: datetime) -> Iterator[Clearance]:
    """The decided clearances of this region's deals, and of others those decided after a moment."""
    columns = clearances.c
    rows = tx.execute(
        sa.select(clearances)
        .where(
            columns.decision.is_not(None),
            sa.or_(columns.region == tx.region, columns.decide_time > since),
        )
        .order_by(columns.decide_time, columns.id)
    )
    return (from_row(Clearance, row) for row in rows)


def forget(tx: Transaction, hub: str, since: datetime, until: datetime) -> None:
    """Forget what the hub decided between these moments, and all about its own deals.

    Of other regions' deals it stays known which clearances are over: these regions said so, not the hub.
    """
    columns = clearances.c
    between = sa.and_(columns.decide_time > since, columns.decide_time <= until)
    tx.execute(
        sa.delete(clearances).where(
            sa.or_(columns.region == hub, sa.and_(between, columns.released.is_(False)))
        )
    )
    undecided = {"decision": None, "decide_time": None, "identifier": ""}
    nobody = {"conflicting_deal_id": "", "conflicting_region": ""}
    tx.execute(sa.update(clearances).where(between).values(undecided | nobody))


def digest(tx: Transaction) -> tuple[int, str]:
    """How many clearances there are, and SHA-256 of them all in the order of their ids."""
    whole, number = hashlib.sha256(), 0
    for row in tx.execute(sa.select(*_COMPARED).order_by(clearances.c.id)):
        whole.update("|".join(str(value) for value in row).encode() + b"\n")
        number += 1
    return number, whole.hexdigest()
