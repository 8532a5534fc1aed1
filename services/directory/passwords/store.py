"""Credentials in the database, apart from users so that no list ever reads a hash."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import UtcDateTime, text_type
from chassis.records.rows import from_row
from services.directory.passwords.domain import Credential
from services.directory.tables import metadata

credentials = tables.record_table(
    "credentials",
    metadata,
    sa.Column("password_hash", text_type(200), nullable=False),
    sa.Column("password_time", UtcDateTime),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("token_digest", text_type(64), nullable=False),
    sa.Column("token_expire_time", UtcDateTime),
)


def find(tx: Transaction, user_id: str) -> Credential:
    """A user's credential; an empty one, not written yet, if there is none."""
    row = tx.execute(sa.select(credentials).where(credentials.c.id == user_id)).one_or_none()
    if row is None:
        return Credential(id=user_id)
    credential: Credential = from_row(Credential, row)
    return credential


def save(tx: Transaction, credential: Credential) -> None:
    """Write a credential; its user's row is locked. Errors: CONCURRENT_CHANGE."""
    if credential.version:
        tables.update(tx, credentials, credential)
    else:
        tables.insert(tx, credentials, credential)
