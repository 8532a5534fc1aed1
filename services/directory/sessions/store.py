"""Sessions in the database."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, UtcDateTime, text_type
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.directory.sessions.domain import Session, SessionState
from services.directory.tables import metadata

sessions = tables.record_table(
    "sessions",
    metadata,
    *tables.ownership(),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "SESSION_STATE_"}),
    sa.Column("client", text_type(200), nullable=False),
    sa.Column("family_digest", text_type(64), nullable=False),
    sa.Column("turn_digest", text_type(64), nullable=False),
    sa.Column("last_use_time", UtcDateTime, nullable=False),
    sa.Column("expire_time", UtcDateTime, nullable=False),
    sa.Column("end_time", UtcDateTime),
    sa.Column("end_reason", Id),
    sa.Index("ix_sessions_create_time", "create_time", "id"),
    sa.Index("ix_sessions_owner_id", "owner_id", "create_time"),
    sa.Index("ix_sessions_expire_time", "expire_time"),
)

LISTING = Listing(
    sessions,
    fields=("state", "owner_id", "last_use_time", "expire_time", "create_time", "update_time"),
    default_order="create_time desc",
)


def get(tx: Transaction, session_id: str, etag: str = "") -> Session:
    """A session that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, sessions, Session, session_id, etag=etag)


def owner_of(tx: Transaction, session_id: str) -> str:
    """Whose session it is, whoever calls; empty if there is none."""
    statement = sa.select(sessions.c.owner_id).where(sessions.c.id == session_id)
    return tx.execute(statement).scalar_one_or_none() or ""


def lock(tx: Transaction, session_id: str) -> Session | None:
    """A session, whoever calls, that nobody else changes until the transaction ends."""
    statement = sa.select(sessions).where(sessions.c.id == session_id).with_for_update()
    row = tx.execute(statement).one_or_none()
    if row is None:
        return None
    session: Session = from_row(Session, row)
    return session


def active_of(tx: Transaction, owner_id: str) -> list[Session]:
    """The sessions of a user that have not ended; the user's row is locked."""
    condition = (sessions.c.owner_id == owner_id) & (sessions.c.state == SessionState.ACTIVE)
    rows = tx.execute(sa.select(sessions).where(condition).order_by(sessions.c.id))
    return [from_row(Session, row) for row in rows]


def add(tx: Transaction, session: Session) -> None:
    """Write a new session."""
    tables.insert(tx, sessions, session)


def save(tx: Transaction, session: Session) -> None:
    """Write a changed session. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, sessions, session)


def forget_expired(tx: Transaction, before: datetime) -> None:
    """Delete the sessions that expired before this time."""
    tx.execute(sa.delete(sessions).where(sessions.c.expire_time < before))
