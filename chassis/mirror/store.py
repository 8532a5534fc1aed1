"""A replica's memory of the hub, and the hub's of what it sends again, in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from chassis.mirror.watching import Watch
from chassis.records.rows import from_row, to_row

if TYPE_CHECKING:
    from chassis.app import Transaction


@dataclass
class Copy:
    """All records being sent again: so far, those of `noun` up to the id `after_id` and of the nouns before."""

    id: str
    noun: str
    after_id: str
    create_time: datetime
    start_time: datetime | None = None
    finish_time: datetime | None = None


def watch(tx: Transaction) -> Watch:
    """What this replica remembers of the hub; of a hub that never spoke, nothing."""
    table = tx.service.metadata.tables["reference_replica"]
    row = tx.execute(sa.select(table).where(table.c.hub == tx.regions.hub)).one_or_none()
    return Watch(tx.regions.hub) if row is None else from_row(Watch, row)


def remember(tx: Transaction, known: Watch) -> None:
    """Write what this replica remembers of the hub."""
    table = tx.service.metadata.tables["reference_replica"]
    same = table.c.hub == known.hub
    if not tx.execute(sa.update(table).where(same).values(to_row(known))).rowcount:
        tx.execute(sa.insert(table).values(to_row(known)))


def waiting_copy(tx: Transaction) -> Copy | None:
    """The copy that nobody has begun to send, if there is one."""
    return _first(tx, _copies(tx).c.start_time.is_(None))


def open_copy(tx: Transaction) -> Copy | None:
    """The copy that is to be sent on with, held until this transaction ends; None if another has it."""
    return _first(tx, _copies(tx).c.finish_time.is_(None))


def add_copy(tx: Transaction, copy: Copy) -> None:
    """Write that everything is to be sent."""
    tx.execute(sa.insert(_copies(tx)).values(to_row(copy)))


def save_copy(tx: Transaction, copy: Copy) -> None:
    """Write how far a copy is."""
    tx.execute(sa.update(_copies(tx)).where(_copies(tx).c.id == copy.id).values(to_row(copy)))


def forget_copies(tx: Transaction, before: datetime) -> None:
    """Delete copies that were finished before that time."""
    tx.execute(sa.delete(_copies(tx)).where(_copies(tx).c.finish_time < before))


def _copies(tx: Transaction) -> sa.Table:
    return tx.service.metadata.tables["reference_copies"]


def _first(tx: Transaction, which: sa.ColumnElement[bool]) -> Copy | None:
    table = _copies(tx)
    oldest = sa.select(table).where(which).order_by(table.c.create_time, table.c.id).limit(1)
    row = tx.execute(oldest.with_for_update(skip_locked=True)).one_or_none()
    return None if row is None else from_row(Copy, row)
