"""Revocations in the database, for as long as they need to be told."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.database import Id, UtcDateTime
from chassis.records.rows import to_row
from services.directory.revocations.domain import Revocation, of_session, of_user, told_since
from services.directory.tables import metadata

revocations = sa.Table(
    "revocations",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("session_id", Id, nullable=False),
    sa.Column("user_id", Id, nullable=False),
    sa.Column("before_time", UtcDateTime, nullable=False, index=True),
    sa.Column("expire_time", UtcDateTime, nullable=False, index=True),
)


def revoke_session(tx: Transaction, session_id: str, at: datetime) -> None:
    """Void the access tokens of a session, an API key or a linked identity."""
    _add(tx, of_session(tx.new_id("revoc"), session_id, at))


def outdate_user(tx: Transaction, user_id: str, at: datetime) -> None:
    """Void the access tokens of a user issued before `at`.

    `at` is read from the clock after the user's row was written, so that it lies after every token
    that was issued under the lock before.
    """
    _add(tx, of_user(tx.new_id("revoc"), user_id, at))


def in_force(tx: Transaction, since: datetime | None, now: datetime) -> list[sa.Row[tuple[object]]]:
    """The revocations in force; with `since`, those that somebody told until then may not know."""
    statement = sa.select(revocations).where(revocations.c.expire_time > now)
    if since is not None:
        statement = statement.where(revocations.c.before_time >= told_since(since))
    return list(tx.execute(statement.order_by(revocations.c.before_time)))


def forget_expired(tx: Transaction, now: datetime) -> None:
    """Delete what concerns only tokens that have expired by themselves."""
    tx.execute(sa.delete(revocations).where(revocations.c.expire_time <= now))


def _add(tx: Transaction, revocation: Revocation) -> None:
    tx.execute(sa.insert(revocations), to_row(revocation))
