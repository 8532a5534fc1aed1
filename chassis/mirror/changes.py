"""Writes to mirrored records: refused outside the hub, announced as whole records in the hub."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.errors import Refused
from chassis.mirror.declaration import Mirrored

if TYPE_CHECKING:
    from chassis.app import Transaction


@dataclass
class Changes:
    """The mirrored tables' records that one transaction writes: by table, each id and whether it was
    mirrored before.
    """

    written: dict[str, dict[str, bool]] = field(default_factory=dict)


def writing(tx: Transaction, table: sa.Table, *record_ids: str) -> None:
    """Say that records will be written or deleted next; nothing if their table is not mirrored.

    chassis.tables says it; a store says it where it writes a mirrored table by its own statements.

    Errors: Refused(WRITTEN_IN_HUB) for a record that the hub writes, anywhere else.
    """
    noun = tx.service.mirror.by_table.get(table.name)
    if noun is None:
        return
    before = set(tx.execute(sa.select(table.c.id).where(noun.among(record_ids))).scalars())
    if before:
        require_hub(tx)
    written = tx.changes.written.setdefault(table.name, {})
    for record_id in record_ids:
        written.setdefault(record_id, record_id in before)


def require_hub(tx: Transaction) -> None:
    """Refused(WRITTEN_IN_HUB) in every region but the hub."""
    if tx.regions.hub != tx.region:
        raise Refused("WRITTEN_IN_HUB", hub=tx.regions.hub)


def complete(tx: Transaction) -> None:
    """At the end of a transaction: announce the mirrored records that it wrote, as they are now.

    Errors: Refused(WRITTEN_IN_HUB) if one is mirrored that this region may not write.
    """
    for table, written in tx.changes.written.items():
        noun = tx.service.mirror.by_table[table]
        after = noun.read(tx, list(written))
        if after:
            require_hub(tx)
        gone = [each for each, was in written.items() if was and each not in after]
        if tx.regions.peers:
            announce(tx, noun, after, gone)


def announce(
    tx: Transaction,
    noun: Mirrored,
    records: dict[str, Any],
    removed: list[str] | None = None,
    copy_id: str = "",
) -> None:
    """Announce whole records, and which are no more. Who changed them does not cross the border."""
    own = Call.of_service(tx.service.name, tx.region, tx.now, tx.call.traceparent)
    anonymous = replace(tx, call=own)
    name = noun.resource.name
    anonymous.announce(
        *(
            noun.event(**{noun.id_field: record_id, name: record, "copy_id": copy_id})
            for record_id, record in records.items()
        ),
        *(noun.event(**{noun.id_field: each, "removed": True}) for each in removed or ()),
    )
