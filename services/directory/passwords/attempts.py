"""What a good or a failed password does to the user, whose row is locked."""

from __future__ import annotations

from chassis.app import Transaction
from services.directory.passwords import store
from services.directory.users import store as users
from services.directory.users.domain import User, UserState


def note_failure(tx: Transaction, user: User) -> None:
    """Count a failed attempt; lock the user out when there have been too many."""
    credential = store.find(tx, user.id)
    until = credential.fail(tx.now)
    store.save(tx, credential)
    if until is not None:
        tx.announce(user.lock(until))
        users.save(tx, user)


def note_success(tx: Transaction, user: User, password_hash: str) -> None:
    """Forget failed attempts, end a lock-out that is over, and keep this hash of the password."""
    credential = store.find(tx, user.id)
    if credential.failures or credential.password_hash != password_hash:
        credential.password_hash = password_hash
        credential.succeed()
        store.save(tx, credential)
    if user.state is UserState.LOCKED:
        user.activate()
        users.save(tx, user)
