"""The end of protection, by the clock."""

from __future__ import annotations

import contextlib

from chassis.app import App
from chassis.errors import Aborted
from services.partners.deals import store
from services.partners.deals.decisions import decide
from services.partners.deals.states import DealVerdict


def expire(app: App) -> None:
    """End the protection of every approved deal whose time is over."""
    with app.reading() as tx:
        due = store.due_to_expire(tx)
    for deal_id in due:
        # Aborted: somebody decided about the deal at this moment; if it is still due, next time.
        with contextlib.suppress(Aborted), app.transaction() as tx:
            deal = store.get(tx, deal_id)
            expired = deal.expire(at=tx.now)
            if expired is not None:
                decide(tx, deal, DealVerdict.EXPIRED)
                tx.announce(expired)
