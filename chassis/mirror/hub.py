"""The hub's part: it says what its records are, and sends all of them again when a replica asks.

A copy is sent in chunks, each a transaction of its own, and goes on where it was when a process dies.
The rows of a chunk are held while it is written, so that its records and a change at the same moment
are announced in the order in which they happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from chassis.mirror import changes, store
from chassis.mirror.digest import present
from chassis.mirror.store import Copy

if TYPE_CHECKING:
    from chassis.app import App, Transaction

#: How many records are sent in one transaction.
CHUNK = 100
_CHUNKS_AT_ONCE = 50
_KEEP_COPIES = timedelta(days=7)


@dataclass(frozen=True)
class ReferenceStated:
    """What the records of this service in the hub are."""

    hub: str
    records: int
    digest: str
    state_time: datetime


@dataclass(frozen=True)
class ReferenceCopied:
    """These are all records of a noun with an id after the one, up to the other ("" is the last)."""

    copy_id: str
    noun: str
    after_id: str
    up_to_id: str
    record_ids: tuple[str, ...]
    read_time: datetime


def state(app: App) -> None:
    """Say what the records are. Only in a hub that has other regions."""
    if not _is_heard(app):
        return
    with app.transaction() as tx:
        here = present(tx)
        tx.announce(ReferenceStated(tx.region, here.records, here.value, tx.now))
        store.forget_copies(tx, tx.now - _KEEP_COPIES)


def on_requested(tx: Transaction, _event: Any) -> None:
    """A replica asks for everything. Who asks while a copy waits to begin is served by that one."""
    if tx.region != tx.regions.hub or store.waiting_copy(tx) is not None:
        return
    first = tx.service.mirror.nouns[0].noun
    store.add_copy(tx, Copy(tx.new_id("copy"), first, "", tx.now))


def send(app: App) -> None:
    """Send the next chunks of a copy, if one is asked for."""
    if not _is_heard(app):
        return
    for _ in range(_CHUNKS_AT_ONCE):
        with app.transaction() as tx:
            copy = store.open_copy(tx)
            if copy is None:
                return
            copy.start_time = copy.start_time or tx.now
            _send_chunk(tx, copy)
            store.save_copy(tx, copy)


def _send_chunk(tx: Transaction, copy: Copy) -> None:
    """Announce the next records of the copy, and that between them there is nothing else."""
    noun = tx.service.mirror.noun(copy.noun)
    if noun is None:  # a release that does not mirror it any more
        copy.finish_time = tx.now
        return
    columns = noun.table.c
    chunk = (
        sa.select(columns.id)
        .where(noun.chosen(), columns.id > copy.after_id)
        .order_by(columns.id)
        .limit(CHUNK)
        .with_for_update(read=True)
    )
    ids = list(tx.execute(chunk).scalars())
    records = noun.read(tx, ids)
    changes.announce(tx, noun, {each: records[each] for each in ids}, copy_id=copy.id)
    is_last = len(ids) < CHUNK
    up_to_id = "" if is_last else ids[-1]
    tx.announce(ReferenceCopied(copy.id, noun.noun, copy.after_id, up_to_id, tuple(ids), tx.now))
    following = tx.service.mirror.after(copy.noun) if is_last else noun
    if following is None:
        copy.finish_time = tx.now
    else:
        copy.noun, copy.after_id = following.noun, up_to_id


def _is_heard(app: App) -> bool:
    regions = app.settings.regions
    return bool(regions.peers) and regions.hub == app.region
