"""What dashboards and alerts show of customers on the move."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.figures import Counts, present
from chassis.manifest import Figure
from services.directory.customer_moves.domain import OPEN
from services.directory.customer_moves.store import customer_moves


def _longest_wait(tx: Transaction) -> Counts:
    """Seconds since the oldest move began that is open, or since rows departed that have not arrived."""
    since = sa.func.min(customer_moves.c.waiting_since_time)
    oldest = tx.execute(sa.select(since)).scalar_one()
    return {(): 0 if oldest is None else max(0, int((tx.now - oldest).total_seconds()))}


FIGURES = (
    Figure(
        "open_customer_moves",
        "Moves of customers to other regions that are under way, by state.",
        ("state",),
        present(customer_moves, "state", OPEN),
    ),
    Figure(
        "customer_move_wait_seconds",
        "Age of the oldest move of a customer that is under way; after it, of what departed and has not arrived.",
        (),
        _longest_wait,
    ),
)
