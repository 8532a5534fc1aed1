"""What dashboards show of registered deals, and what tells that the hub does not decide about some."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.figures import MOST_COUNTED, Counts, count_up_to, recent
from chassis.manifest import Figure
from services.partners.deals.states import DealState
from services.partners.deals.store import deals

_IS_CLEARING = deals.c.state == DealState.CLEARING


def _clearing(tx: Transaction) -> Counts:
    return {(): count_up_to(tx, deals, _IS_CLEARING)}


def _longest_wait(tx: Transaction) -> Counts:
    """Whole seconds since the hub was first asked about the deal that waits longest; 0 if none waits."""
    waiting = sa.select(deals.c.clearing_time).where(_IS_CLEARING).limit(MOST_COUNTED).subquery()
    oldest = tx.execute(sa.select(sa.func.min(waiting.c.clearing_time))).scalar()
    return {(): int((tx.now - oldest).total_seconds()) if oldest else 0}


FIGURES = (
    Figure(
        "recent_deals",
        "Deals registered in the last 30 days, by what has become of them.",
        ("state",),
        recent(deals, "state", DealState),
    ),
    Figure("clearing_deals", "Deals that wait for the hub's decision.", (), _clearing),
    Figure(
        "clearing_deals_oldest_age_seconds",
        "For how long the hub has been asked about the deal that waits longest; 0 if none waits.",
        (),
        _longest_wait,
    ),
)
