"""What dashboards and alerts show of customers on the move."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.figures import Counts, present, recent
from chassis.manifest import Figure
from services.directory.customer_moves.domain import OPEN, CustomerMoveState
from services.directory.customer_moves.store import customer_moves


def _longest_wait(tx: Transaction) -> Counts:
    """Whole seconds since the oldest open move began, or since rows departed that have not arrived."""
    since = sa.func.min(customer_moves.c.waiting_since_time)
    oldest = tx.execute(sa.select(since)).scalar_one()
    return {(): max(0, int((tx.now - oldest).total_seconds())) if oldest else 0}


FIGURES = (
    Figure(
        "open_customer_moves",
        "Moves of customers to other regions that are under way, by state.",
        ("state",),
        present(customer_moves, "state", OPEN),
    ),
    Figure(
        "recent_customer_moves",
        "Moves of customers to other regions that were asked for in the last 30 days, by state.",
        ("state",),
        recent(customer_moves, "state", CustomerMoveState),
    ),
    Figure(
        "open_customer_moves_oldest_age_seconds",
        "Seconds since the oldest move under way began, or since rows departed that have not arrived; 0 if none did.",
        (),
        _longest_wait,
    ),
)
