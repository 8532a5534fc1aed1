"""Reminders by the clock: each due reminder is announced once (SAL-9)."""

from __future__ import annotations

from meridian.sales.events.v1 import activity_events_pb2 as _events  # noqa: F401 - announced by name

from chassis.app import App
from services.sales.activities import store

#: How many reminders are announced in one transaction.
BATCH = 100


def remind(app: App) -> None:
    """Announce every reminder that is due, in batches."""
    while _remind_batch(app) == BATCH:
        continue


def _remind_batch(app: App) -> int:
    with app.transaction() as tx:
        due = store.claim_due(tx, BATCH)
        for activity in due:
            tx.announce(activity.remind())
            store.save(tx, activity)
    return len(due)
