"""Ending sessions: the row, the revocation that every process hears of, and the event, together."""

from __future__ import annotations

from chassis.app import Transaction
from services.directory.revocations import store as revocations
from services.directory.sessions import store
from services.directory.sessions.domain import Session, SessionEndReason


def end(tx: Transaction, session: Session, reason: SessionEndReason) -> bool:
    """End a session; False if it has ended before."""
    revoked = session.end(reason, at=tx.now)
    if revoked is None:
        return False
    store.save(tx, session)
    revocations.revoke_session(tx, session.id, tx.now)
    tx.announce(revoked)
    return True


def end_all(tx: Transaction, owner_id: str, reason: SessionEndReason, *, keep: str = "") -> int:
    """End all sessions of a user but the one to keep. Returns how many; the user's row is locked."""
    others = [each for each in store.active_of(tx, owner_id) if each.id != keep]
    for session in others:
        end(tx, session, reason)
    return len(others)
