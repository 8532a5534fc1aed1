"""A replica's part: it writes what the hub announces, compares itself with the hub, and asks for everything.

The hub's events come in the order in which they were announced, and each is handled once. So a record
that comes is never older than the one that is here, except when somebody replays an old event; the
version keeps that one out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from chassis.errors import Refused
from chassis.mirror import store
from chassis.mirror.declaration import Mirrored
from chassis.mirror.digest import Digest, present

if TYPE_CHECKING:
    from chassis.app import Transaction

#: A record that is not in a copy but changed so shortly before it may have been announced before it.
_MARGIN = timedelta(minutes=1)


@dataclass(frozen=True)
class ReferenceRequested:
    """This region's replica of this service asks for everything."""

    region: str


def on_mirrored(noun: Mirrored, tx: Transaction, event: Any) -> None:
    """The hub has written, or removed, a record."""
    if not _from_hub(tx):
        return
    record_id = getattr(event, noun.id_field)
    if event.removed:
        noun.remove(tx, [record_id])
        return
    resource = getattr(event, noun.resource.name)
    if event.copy_id or not _is_newer_here(tx, noun, record_id, int(resource.etag)):
        noun.write(tx, resource)


def on_copied(tx: Transaction, event: Any) -> None:
    """The hub has sent a range of records: what it does not have is no more."""
    noun = tx.service.mirror.noun(event.noun)
    if noun is None or not _from_hub(tx):
        return
    columns = noun.table.c
    between = sa.and_(noun.chosen(), columns.id > event.after_id)
    if event.up_to_id:
        between = between & (columns.id <= event.up_to_id)
    before = event.read_time.ToDatetime(UTC) - _MARGIN
    here = tx.execute(sa.select(columns.id).where(between, columns.update_time < before)).scalars()
    gone = set(here) - set(event.record_ids)
    if gone:
        noun.remove(tx, sorted(gone))
    store.remember(tx, replace(store.watch(tx), progress_time=tx.now))


def on_stated(tx: Transaction, event: Any) -> None:
    """The hub says what its records are."""
    at, known = event.state_time.ToDatetime(UTC), store.watch(tx)
    if not _from_hub(tx) or (known.state_time and at <= known.state_time):
        return
    here = present(tx)
    known = known.heard(Digest(event.records, event.digest), at, here)
    if known.must_ask(here, tx.now):
        tx.announce(ReferenceRequested(tx.region))
        known = known.asked(tx.now)
    store.remember(tx, known)


def rebuild(tx: Transaction) -> None:
    """Ask the hub for everything now. Refused(NOT_A_REPLICA) in the hub itself."""
    if tx.region == tx.regions.hub:
        raise Refused("NOT_A_REPLICA", hub=tx.region)
    tx.announce(ReferenceRequested(tx.region))
    store.remember(tx, store.watch(tx).asked(tx.now))


def _from_hub(tx: Transaction) -> bool:
    """Whether this is an event of the hub, in a region that is another."""
    return tx.call.origin == tx.regions.hub != tx.region


def _is_newer_here(tx: Transaction, noun: Mirrored, record_id: str, version: int) -> bool:
    columns = noun.table.c
    here = tx.execute(sa.select(columns.version).where(columns.id == record_id)).scalar()
    return here is not None and here > version
