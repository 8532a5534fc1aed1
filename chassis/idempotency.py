"""Idempotency keys: the same request sent twice has one effect and one answer (draft-ietf-httpapi-idempotency-key).

The answer is stored under (caller, key) in the transaction of the effect. A second call with the same key
and the same request gets the stored answer; with another request it is refused; while the first still
runs it is told so (PostgreSQL, by a lock held for the transaction; the others let it wait or fail on the key).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chassis.database import Bytes, Id, UtcDateTime, text_type
from chassis.errors import Aborted, Invalid

#: How long an answer is kept.
KEEP = timedelta(hours=24)


class Replay(Exception):
    """The answer to this key is already known; the server sends it."""

    def __init__(self, response: bytes) -> None:
        super().__init__()
        self.response = response


def add_tables(metadata: sa.MetaData) -> None:
    """Add idempotency_keys to a service's metadata."""
    sa.Table(
        "idempotency_keys",
        metadata,
        sa.Column("subject", Id, primary_key=True),
        sa.Column("key", text_type(200), primary_key=True),
        sa.Column("method", text_type(200), nullable=False),
        sa.Column("request_hash", Id, nullable=False),
        sa.Column("response", Bytes, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False, index=True),
    )


def begin(
    connection: sa.Connection, keys: sa.Table, subject: str, key: str, method: str, request: bytes
) -> None:
    """Claim a key for this transaction.

    Raises Replay if it has been answered; Invalid(IDEMPOTENCY_KEY_REUSED) if that was another
    request; Aborted(REQUEST_IN_PROGRESS) while another transaction holds it.
    """
    if not _lock(connection, f"{subject}/{key}"):
        raise Aborted("REQUEST_IN_PROGRESS")
    row = connection.execute(
        sa.select(keys.c.method, keys.c.request_hash, keys.c.response).where(
            keys.c.subject == subject, keys.c.key == key
        )
    ).one_or_none()
    if row is None:
        return
    if row.method != method or row.request_hash != _hash(request):
        raise Invalid("IDEMPOTENCY_KEY_REUSED")
    raise Replay(bytes(row.response))


def finish(connection: sa.Connection, keys: sa.Table, row: dict[str, Any], request: bytes) -> None:
    """Store the answer under its key."""
    connection.execute(sa.insert(keys).values(request_hash=_hash(request), **row))


def forget(connection: sa.Connection, keys: sa.Table, now: datetime) -> None:
    """Delete answers older than KEEP."""
    connection.execute(sa.delete(keys).where(keys.c.create_time < now - KEEP))


def _hash(request: bytes) -> str:
    return hashlib.blake2b(request, digest_size=24).hexdigest()


def _lock(connection: sa.Connection, name: str) -> bool:
    if connection.dialect.name != "postgresql":
        return True
    number = int.from_bytes(
        hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True
    )
    return bool(connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(number))))
