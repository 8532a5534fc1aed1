"""Quotes expire when their last day has passed, whether or not somebody looks at them (SAL-5)."""

from __future__ import annotations

import contextlib

from chassis.app import App, Transaction
from chassis.errors import Aborted
from services.sales.quotes import store

#: How many quotes one run lets expire at most; the next run takes the rest.
BATCH = 200


def expire_overdue(app: App) -> None:
    """Let every sent quote expire whose last day was yesterday or before, each in its own transaction."""
    with app.reading() as tx:
        overdue = store.overdue(tx, tx.now.date().isoformat(), BATCH)
    for quote_id in overdue:
        # Aborted: another worker, or the customer's answer, was first; nothing is left to do.
        with contextlib.suppress(Aborted), app.transaction() as tx:
            expire(tx, quote_id)


def expire(tx: Transaction, quote_id: str) -> None:
    """Let one quote expire if it is overdue; somebody else may just have answered it or let it expire."""
    quote = store.find(tx, quote_id)
    if quote is None:
        return
    expired = quote.expire(at=tx.now)
    if expired is None:
        return
    store.save(tx, quote)
    tx.announce(expired)
