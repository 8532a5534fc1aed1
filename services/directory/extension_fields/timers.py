"""Saying again what is declared, so that whoever missed it comes to know it.

Streams keep an event for seven days. A service that is new, or whose database was restored from a backup,
begins with what they keep, so every declaration is in them at any time.
"""

from __future__ import annotations

from datetime import timedelta

from chassis.app import App
from services.directory.extension_fields import store

RESTATED_AFTER = timedelta(days=1)
_BATCH = 100


def restate(app: App) -> None:
    """Announce again what was last announced a day ago. Any process may do it at any time."""
    with app.transaction() as tx:
        for field in store.announced_before(tx, tx.now - RESTATED_AFTER, _BATCH):
            restated = field.restate(at=tx.now)
            store.note_announced(tx, field)
            tx.announce(restated)
