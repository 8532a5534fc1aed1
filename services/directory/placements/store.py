"""Placements in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, UtcDateTime
from chassis.ids import region_of
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.directory.placements.domain import Placement
from services.directory.tables import metadata

placements = sa.Table(
    "placements",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("home_region", Id, nullable=False),
    sa.Column("since_time", UtcDateTime, nullable=False),
    sa.Column("move_id", Id, nullable=False),
    sa.Column("account_id", Id, nullable=False),
    sa.Index("ix_placements_since_time", "since_time", "id"),
    sa.Index("ix_placements_move_id", "move_id"),
    sa.Index("ix_placements_account_id", "account_id"),
)

LISTING = Listing(
    placements,
    fields=("home_region", "since_time", "move_id", "account_id"),
    default_order="since_time desc",
)


def get(tx: Transaction, record_id: str) -> Placement:
    """Where a record lives now. Errors: NOT_FOUND if it never moved."""
    return tables.fetch(tx, placements, Placement, record_id)


def home_of(tx: Transaction, record_id: str) -> str:
    """The region where a record lives, as far as this region has heard; empty if that is no id of ours."""
    moved = find_all(tx, [record_id])
    return moved[0].home_region if moved else region_of(record_id)


def find_all(tx: Transaction, record_ids: Iterable[str]) -> list[Placement]:
    """Where those of the records live that have moved, by id."""
    statement = sa.select(placements).where(placements.c.id.in_(list(record_ids)))
    return [from_row(Placement, row) for row in tx.execute(statement.order_by(placements.c.id))]


def put(tx: Transaction, news: Sequence[Placement]) -> None:
    """Write placements, in the place of those that are known."""
    tx.execute(sa.delete(placements).where(placements.c.id.in_([each.id for each in news])))
    tx.execute(sa.insert(placements), [asdict(each) for each in news])
