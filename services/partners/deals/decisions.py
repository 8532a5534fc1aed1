"""What was decided about deals and why: rows that are only ever added (PRM-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from meridian.partners.events.v1 import clearance_events_pb2 as _events  # noqa: F401 - announced by name

from chassis.app import Transaction
from chassis.database import Id, Json, LongText, UtcDateTime
from chassis.listing import Listing
from chassis.records.rows import to_row
from services.partners.clearances import arbiter
from services.partners.deals import store
from services.partners.deals.conflicts import DealFinding
from services.partners.deals.domain import Deal
from services.partners.deals.states import DealVerdict
from services.partners.tables import metadata

deal_decisions = sa.Table(
    "deal_decisions",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("deal_id", Id, nullable=False),
    sa.Column("partner_id", Id, nullable=False),
    sa.Column("verdict", Id, nullable=False, info={"enum_prefix": "DEAL_VERDICT_"}),
    sa.Column("note", LongText, nullable=False),
    sa.Column("findings", Json, nullable=False),
    sa.Column("actor_id", Id, nullable=False),
    sa.Column("create_time", UtcDateTime, nullable=False),
    sa.Index("ix_deal_decisions_deal_id", "deal_id", "create_time"),
)

LISTING = Listing(
    deal_decisions,
    fields=("verdict", "actor_id", "create_time"),
    default_order="create_time",
)


@dataclass(frozen=True)
class DealDecision:
    """One step of a deal's registration, and why it was taken."""

    id: str
    deal_id: str
    partner_id: str
    verdict: DealVerdict
    note: str
    findings: tuple[DealFinding, ...]
    actor_id: str
    create_time: datetime


def decide(
    tx: Transaction,
    deal: Deal,
    verdict: DealVerdict,
    note: str = "",
    findings: Sequence[DealFinding] = (),
) -> None:
    """Write a deal after a decision, together with the decision; what protects it no more is given back.

    Errors: CONCURRENT_CHANGE.
    """
    released = None if deal.protected else deal.end_clearance(deal.id)
    decision = DealDecision(
        tx.new_id("decision"),
        deal.id,
        deal.partner_id,
        verdict,
        note,
        tuple(findings),
        tx.call.identity.subject,
        tx.now,
    )
    store.save(tx, deal)
    tx.execute(sa.insert(deal_decisions), to_row(decision))
    if released is not None:
        arbiter.release(tx, tx.region, released)
        tx.announce(released)


def was_decided(
    tx: Transaction, deal: Deal, verdict: DealVerdict, *, since: datetime | None
) -> bool:
    """Whether this step of a deal has been taken from that time on."""
    columns = deal_decisions.c
    conditions = [columns.deal_id == deal.id, columns.verdict == verdict]
    if since is not None:
        conditions.append(columns.create_time >= since)
    return tx.execute(sa.select(columns.id).where(*conditions).limit(1)).one_or_none() is not None
