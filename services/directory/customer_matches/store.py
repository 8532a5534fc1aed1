"""Customer matches in the database: one row for each pair."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, UtcDateTime
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.directory.customer_matches.domain import CustomerMatch, HashedCustomer
from services.directory.tables import metadata

customer_matches = tables.record_table(
    "customer_matches",
    metadata,
    sa.Column("customer_id", Id, nullable=False),
    sa.Column("customer_type", Id, nullable=False, info={"enum_prefix": "CUSTOMER_TYPE_"}),
    sa.Column("other_customer_id", Id, nullable=False),
    sa.Column("other_customer_type", Id, nullable=False, info={"enum_prefix": "CUSTOMER_TYPE_"}),
    sa.Column("other_region", Id, nullable=False),
    sa.Column("kinds", Json, nullable=False),
    sa.Column("strength", Id, nullable=False, info={"enum_prefix": "CUSTOMER_MATCH_STRENGTH_"}),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "CUSTOMER_MATCH_STATE_"}),
    sa.Column("dismiss_reason", Id),
    sa.Column("decider_id", Id, nullable=False),
    sa.Column("decide_time", UtcDateTime),
    sa.Column("hashes", Json, nullable=False),
    sa.UniqueConstraint("customer_id", "other_customer_id", name="uq_customer_matches_pair"),
    sa.Index("ix_customer_matches_create_time", "create_time", "id"),
    sa.Index("ix_customer_matches_other_customer_id", "other_customer_id"),
    sa.Index("ix_customer_matches_state", "state", "create_time"),
)

LISTING = Listing(
    customer_matches,
    fields=(
        "customer_id",
        "customer_type",
        "other_customer_id",
        "other_customer_type",
        "other_region",
        "strength",
        "state",
        "create_time",
        "update_time",
    ),
    default_order="create_time desc",
)


def get(tx: Transaction, match_id: str, etag: str = "") -> CustomerMatch:
    """A match. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, customer_matches, CustomerMatch, match_id, etag=etag)


def of_customer(tx: Transaction, customer: HashedCustomer) -> list[CustomerMatch]:
    """The matches of a customer, of this region or another."""
    columns = customer_matches.c
    if customer.region == tx.region:
        mine = [columns.customer_id == customer.id]
    else:
        mine = [
            columns.other_customer_id == customer.id,
            columns.other_region == customer.region,
        ]
    rows = tx.execute(sa.select(customer_matches).where(*mine).order_by(columns.id))
    return [from_row(CustomerMatch, row) for row in rows]


def of_pair(tx: Transaction, customer_id: str, other_customer_id: str) -> CustomerMatch | None:
    """The match of these two, if they ever matched."""
    columns = customer_matches.c
    statement = sa.select(customer_matches).where(
        columns.customer_id == customer_id, columns.other_customer_id == other_customer_id
    )
    row = tx.execute(statement).one_or_none()
    return None if row is None else from_row(CustomerMatch, row)


def add(tx: Transaction, match: CustomerMatch) -> None:
    """Write a new match."""
    tables.insert(tx, customer_matches, match)


def save(tx: Transaction, match: CustomerMatch) -> None:
    """Write a changed match. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, customer_matches, match)
