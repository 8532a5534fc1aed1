"""The end of the time for an answer, by the clock."""

from __future__ import annotations

import contextlib

from chassis.app import App
from chassis.errors import Aborted
from services.partners.referrals import store


def recall_overdue(app: App) -> None:
    """Take back every offer that was not answered in time."""
    with app.reading() as tx:
        overdue = store.overdue(tx)
    for referral_id in overdue:
        # Aborted: somebody answered or recalled it at this moment.
        with contextlib.suppress(Aborted), app.transaction() as tx:
            referral = store.get(tx, referral_id)
            recalled = referral.time_out(at=tx.now)
            if recalled is not None:
                store.save(tx, referral)
                tx.announce(recalled)
