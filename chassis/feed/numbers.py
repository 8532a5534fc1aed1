"""The numbers of publications: in the order in which they become visible, so that a reader misses nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.database import Counter, Id

_ONLY = 1


@dataclass(frozen=True)
class Progress:
    """How far a service has come with publishing.

    life: changes when the database was restored to an earlier moment, after which numbers are given again;
    empty before the first publication. publications: the last number; all up to it are visible.
    """

    life: str = ""
    publications: int = 0


def add_tables(metadata: sa.MetaData) -> None:
    """Add the table feed, of one row, to a service's metadata."""
    sa.Table(
        "feed",
        metadata,
        sa.Column("single", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("life", Id, nullable=False),
        sa.Column("publications", Counter, nullable=False),
    )


def publish(
    connection: sa.Connection, metadata: sa.MetaData, positions: Iterable[int], at: datetime
) -> None:
    """Note in a transaction that these rows of the outbox are published, under the next number.

    The lock on the feed's row lets the numbers become visible one after the other, whoever gives them. A row that
    is published again, because the stream was lost, keeps its number.
    """
    feed, outbox = metadata.tables["feed"], metadata.tables["outbox"]
    counted = sa.update(feed).values(publications=feed.c.publications + 1)
    if not connection.execute(counted).rowcount:
        connection.execute(
            sa.insert(feed).values(single=_ONLY, life=str(uuid.uuid4()), publications=1)
        )
    number = sa.select(feed.c.publications).scalar_subquery()
    connection.execute(
        sa.update(outbox)
        .where(outbox.c.position.in_(positions))
        .values(publish_time=at, publication=sa.func.coalesce(outbox.c.publication, number))
    )


def progress(tx: Transaction) -> Progress:
    """How far publishing has come."""
    feed = tx.service.metadata.tables["feed"]
    row = tx.execute(sa.select(feed.c.life, feed.c.publications)).one_or_none()
    return Progress(*row) if row else Progress()


def begin_new_life(tx: Transaction) -> None:
    """After a restoration: who has read further than this database knows must notice."""
    tx.execute(sa.update(tx.service.metadata.tables["feed"]).values(life=str(uuid.uuid4())))
