"""Claims: rows whose primary key lets one record only hold a thing at a time.

A claim is taken in the transaction of the decision that needs it and given back in the transaction
of the one that ends it. Of two transactions that take the same key, the database lets one win; that
holds on every engine and for any number of processes (ADR 0701).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.database import Id, UtcDateTime, text_type
from chassis.errors import Aborted
from services.partners.tables import metadata

claims = sa.Table(
    "claims",
    metadata,
    sa.Column("key", text_type(400), primary_key=True),
    sa.Column("holder_id", Id, nullable=False),
    sa.Column("take_time", UtcDateTime, nullable=False),
    sa.Index("ix_claims_holder_id", "holder_id"),
)


@dataclass(frozen=True)
class Claim:
    """Who holds a key."""

    key: str
    holder_id: str


def take(tx: Transaction, keys: Sequence[str], holder_id: str) -> list[Claim]:
    """Take those of these keys that a record does not hold yet, or none if others hold one: then their
    claims are returned.

    Waits for a transaction that is about to take one of them. Errors: Aborted(CONCURRENT_CHANGE) if a
    holder gave its key back meanwhile.
    """
    missing = sorted(set(keys) - _held_by(tx, holder_id))
    if not missing:
        return []
    rows = [{"key": key, "holder_id": holder_id, "take_time": tx.now} for key in missing]
    try:
        with tx.connection.begin_nested():
            tx.execute(sa.insert(claims).values(rows))
    except sa.exc.IntegrityError:
        held = held_by_others(tx, keys, holder_id)
        if not held:
            raise Aborted("CONCURRENT_CHANGE") from None
        return held
    return []


def release(tx: Transaction, holder_id: str) -> None:
    """Give back whatever a record holds."""
    tx.execute(sa.delete(claims).where(claims.c.holder_id == holder_id))


def held_by_others(tx: Transaction, keys: Sequence[str], holder_id: str) -> list[Claim]:
    """The claims of other records on these keys."""
    rows = tx.execute(
        sa.select(claims.c.key, claims.c.holder_id)
        .where(claims.c.key.in_(keys), claims.c.holder_id != holder_id)
        .order_by(claims.c.key)
    )
    return [Claim(row.key, row.holder_id) for row in rows]


def _held_by(tx: Transaction, holder_id: str) -> set[str]:
    return set(tx.execute(sa.select(claims.c.key).where(claims.c.holder_id == holder_id)).scalars())
