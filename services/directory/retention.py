"""Forgetting what no longer matters: expired revocations and old sessions."""

from __future__ import annotations

from datetime import timedelta

from chassis.app import App
from services.directory.revocations import store as revocations
from services.directory.sessions import store as sessions

#: How long a session is kept after it expired, so that users can look back at their log-ins.
SESSIONS_KEPT = timedelta(days=90)


def forget_expired(app: App) -> None:
    """Delete what nobody asks for any more. Any process may do it at any time."""
    with app.transaction() as tx:
        revocations.forget_expired(tx, tx.now)
        sessions.forget_expired(tx, tx.now - SESSIONS_KEPT)
