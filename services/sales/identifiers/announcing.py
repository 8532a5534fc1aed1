"""Telling other regions by what customers are recognised, in the transaction of each change (PLT-4).

A row for each customer remembers what was announced, so that the same is not announced twice and a change of
keys finds those that are to be announced anew (services/sales/identifiers/rotation.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from meridian.sales.events.v1 import customer_events_pb2 as _events  # noqa: F401 - announced by name

from chassis import match_keys
from chassis.app import Transaction
from chassis.database import Id, text_type
from chassis.match_keys import MatchKeys
from chassis.records.rows import from_row, to_row
from chassis.relocation.reading import chunks
from services.sales.identifiers.domain import Identifier
from services.sales.identifiers.matching import Identification, comparable, hashed
from services.sales.tables import metadata

identifications = sa.Table(
    "identifications",
    metadata,
    sa.Column("customer_id", Id, primary_key=True),
    sa.Column("customer_type", Id, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("key_ids", text_type(100), nullable=False),
    sa.Column("digest", text_type(64), nullable=False),
    sa.Index("ix_identifications_key_ids", "key_ids"),
)


def announce(
    tx: Transaction, customer_type: str, customer_id: str, identifiers: Sequence[Identifier]
) -> None:
    """Announce by what a customer is recognised now, unless that was announced before.

    Where there are no keys nothing is announced; it is noted that this is still to be done.
    """
    known = _held(tx, customer_id)
    if known is None and not any(comparable(each) for each in identifiers):
        return
    identification = known or Identification(customer_id, customer_type)
    keys = match_keys.read(tx.regions.match_keys_file)
    identified = identification.tell(hashed(identifiers, keys), keys.ids, at=tx.now)
    if known is None:
        tx.execute(sa.insert(identifications), to_row(identification))
    else:
        same = identifications.c.customer_id == customer_id
        tx.execute(sa.update(identifications).where(same).values(to_row(identification)))
    if identified is not None:
        tx.announce(identified)


def announce_end(tx: Transaction, customer_id: str) -> None:
    """Announce that a customer is gone, if others have heard of it."""
    known = _held(tx, customer_id)
    if known is None:
        return
    ended = known.end(at=tx.now)
    tx.execute(sa.delete(identifications).where(identifications.c.customer_id == customer_id))
    if ended is not None:
        tx.announce(ended)


def announce_ends(tx: Transaction, record_ids: Sequence[str]) -> None:
    """Announce that those of these records that are customers are gone, if others have heard of them."""
    column = identifications.c.customer_id
    for some in chunks(record_ids):
        for customer_id in tx.execute(sa.select(column).where(column.in_(some))).scalars().all():
            announce_end(tx, customer_id)


def claim_under_other_keys(tx: Transaction, keys: MatchKeys, most: int) -> list[Identification]:
    """Customers whose hashes were not announced under just these keys, for nobody else until the commit.

    Those that somebody is changing at this moment are left out.
    """
    column = identifications.c.key_ids
    rows = tx.execute(
        sa.select(identifications)
        # Two ranges of the index, where "is not" would read all of the table.
        .where(sa.or_(column < keys.ids, column > keys.ids))
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return [from_row(Identification, row) for row in rows]


def _held(tx: Transaction, customer_id: str) -> Identification | None:
    """What was announced about a customer; nobody else announces anything until this transaction ends."""
    statement = sa.select(identifications).where(identifications.c.customer_id == customer_id)
    row = tx.execute(statement.with_for_update()).one_or_none()
    if row is None:
        return None
    identification: Identification = from_row(Identification, row)
    return identification
