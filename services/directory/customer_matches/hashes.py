"""The hashes of all customers of all regions, and who shares them.

Every region keeps the same ones, in the order in which the hub put their events; so all come to the same matches.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.database import Id, UtcDateTime, text_type
from chassis.listing import Listing
from chassis.match_keys import MatchHash
from services.directory.customer_matches.domain import CustomerType, HashedCustomer
from services.directory.tables import metadata

#: How many customers of all regions may share a hash before it says nothing about who they are. So one hash makes
#: at most MOST_HOLDERS² / 2 matches, however many customers have the address of a reception.
MOST_HOLDERS = 20

Hash = text_type(64)

hashed_customers = sa.Table(
    "hashed_customers",
    metadata,
    sa.Column("customer_id", Id, primary_key=True),
    sa.Column("region", Id, primary_key=True),
    sa.Column("customer_type", Id, nullable=False),
    # Of the event that told of it last; 0 of none.
    sa.Column("sequence", sa.BigInteger, nullable=False),
)

customer_hashes = sa.Table(
    "customer_hashes",
    metadata,
    sa.Column("hash", Hash, primary_key=True),
    sa.Column("customer_id", Id, primary_key=True),
    sa.Column("region", Id, primary_key=True),
    sa.Column("customer_type", Id, nullable=False),
    sa.Column("kind", Id, nullable=False),
    sa.Column("key_id", Id, nullable=False),
    sa.Index("ix_customer_hashes_customer_id", "customer_id", "region"),
    sa.Index("ix_customer_hashes_region", "region", "key_id", "customer_id"),
)

crowded_hashes = sa.Table(
    "crowded_hashes",
    metadata,
    sa.Column("id", Hash, primary_key=True),
    sa.Column("kind", Id, nullable=False, info={"enum_prefix": "CUSTOMER_IDENTIFIER_KIND_"}),
    sa.Column("key_id", Id, nullable=False),
    sa.Column("create_time", UtcDateTime, nullable=False),
    sa.Index("ix_crowded_hashes_create_time", "create_time", "id"),
)

CROWDED = Listing(
    crowded_hashes, fields=("kind", "key_id", "create_time"), default_order="create_time desc"
)


def replace(
    tx: Transaction, customer: HashedCustomer, hashes: Collection[MatchHash], sequence: int
) -> bool:
    """Make these the hashes of a customer. False if something newer is known of it already."""
    if not _advance(tx, customer, sequence):
        return False
    tx.execute(sa.delete(customer_hashes).where(*_is(customer_hashes, customer)))
    rows = [
        {
            "hash": each.hash,
            "customer_id": customer.id,
            "region": customer.region,
            "customer_type": customer.type,
            "kind": each.kind,
            "key_id": each.key_id,
        }
        for each in hashes
    ]
    if rows:
        tx.execute(sa.insert(customer_hashes), rows)
    return True


def told_between(tx: Transaction, region: str, since: int, until: int) -> list[HashedCustomer]:
    """The customers of a region of which it told last with a number above the one, up to the other."""
    columns = hashed_customers.c
    rows = tx.execute(
        sa.select(hashed_customers)
        .where(columns.region == region, columns.sequence > since, columns.sequence <= until)
        .order_by(columns.customer_id)
    )
    return [
        HashedCustomer(row.customer_id, row.region, CustomerType(row.customer_type)) for row in rows
    ]


def candidates(
    tx: Transaction, customer: HashedCustomer, hashes: Collection[MatchHash]
) -> set[HashedCustomer]:
    """Who else shares a hash that not too many share; those that too many share are noted."""
    found: set[HashedCustomer] = set()
    for each in hashes:
        holders = _holders(tx, each, customer)
        if len(holders) < MOST_HOLDERS:
            found.update(holders)
            tx.execute(sa.delete(crowded_hashes).where(crowded_hashes.c.id == each.hash))
        else:
            _note_crowded(tx, each)
    return found


def shared(
    tx: Transaction, hashes: Collection[MatchHash], others: Sequence[HashedCustomer]
) -> dict[HashedCustomer, set[MatchHash]]:
    """Which of these hashes each of these customers has; without those that have none."""
    columns = customer_hashes.c
    rows = tx.execute(
        sa.select(customer_hashes).where(
            columns.customer_id.in_([each.id for each in others]),
            columns.hash.in_([each.hash for each in hashes]),
        )
    )
    found: dict[HashedCustomer, set[MatchHash]] = {}
    for row in rows:
        holder = HashedCustomer(row.customer_id, row.region, CustomerType(row.customer_type))
        found.setdefault(holder, set()).add(MatchHash(row.kind, row.key_id, row.hash))
    return found


def key_uses(tx: Transaction) -> list[dict[str, object]]:
    """How many customers of each region are hashed under each key, and under any."""
    columns = customer_hashes.c
    customers = sa.func.count(sa.distinct(columns.customer_id))
    totals = sa.select(columns.region, customers.label("customers")).group_by(columns.region)
    under_any = {row.region: row.customers for row in tx.execute(totals)}
    rows = tx.execute(
        sa.select(columns.region, columns.key_id, customers.label("customers"))
        .group_by(columns.region, columns.key_id)
        .order_by(columns.region, columns.key_id)
    )
    return [{**row._mapping, "all_customers": under_any[row.region]} for row in rows]


def _advance(tx: Transaction, customer: HashedCustomer, sequence: int) -> bool:
    """Note the event of this number; False if this or a later one was noted."""
    same = _is(hashed_customers, customer)
    known = tx.execute(
        sa.select(hashed_customers.c.sequence).where(*same).with_for_update()
    ).scalar_one_or_none()
    if known is None:
        row = {
            "customer_id": customer.id,
            "region": customer.region,
            "customer_type": customer.type,
            "sequence": sequence,
        }
        tx.execute(sa.insert(hashed_customers), row)
        return True
    if known >= sequence:
        return False
    tx.execute(sa.update(hashed_customers).where(*same).values(sequence=sequence))
    return True


def _holders(tx: Transaction, wanted: MatchHash, customer: HashedCustomer) -> list[HashedCustomer]:
    columns = customer_hashes.c
    rows = tx.execute(
        sa.select(columns.customer_id, columns.region, columns.customer_type)
        .where(columns.hash == wanted.hash, columns.customer_id != customer.id)
        .order_by(columns.customer_id)
        .limit(MOST_HOLDERS)
    )
    return [HashedCustomer(r.customer_id, r.region, CustomerType(r.customer_type)) for r in rows]


def _note_crowded(tx: Transaction, crowded: MatchHash) -> None:
    statement = sa.select(crowded_hashes.c.id).where(crowded_hashes.c.id == crowded.hash)
    if tx.execute(statement).one_or_none() is None:
        row = {"id": crowded.hash, "kind": crowded.kind, "key_id": crowded.key_id}
        tx.execute(sa.insert(crowded_hashes), row | {"create_time": tx.now})


def _is(table: sa.Table, customer: HashedCustomer) -> list[sa.ColumnElement[bool]]:
    return [table.c.customer_id == customer.id, table.c.region == customer.region]
