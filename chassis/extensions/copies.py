"""A service's copy of what the region declares: kept by events, read from its own table."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from meridian.directory.events.v1 import extension_field_events_pb2 as events

from chassis.extensions.declarations import Declaration
from chassis.extensions.tables import DECLARATIONS
from chassis.manifest import Reaction
from chassis.records.decoding import from_proto
from chassis.records.rows import from_row, to_row

if TYPE_CHECKING:
    from chassis.app import Transaction

#: How soon a process sees what changed in the table, in seconds; no more often is it read.
REFRESH_SECONDS = 1.0

_Declared = Mapping[str, Mapping[str, Declaration]]
_NONE: Mapping[str, Declaration] = {}


class Declarations:
    """What is declared, as one process knows it: resource → name → declaration, the retired ones too."""

    def __init__(self, refresh_seconds: float = REFRESH_SECONDS) -> None:
        self._refresh_seconds = refresh_seconds
        self._known: _Declared = {}
        self._fresh_until = float("-inf")

    def of(self, tx: Transaction, resource: str) -> Mapping[str, Declaration]:
        """The fields of a resource, by name, in the order in which they were declared."""
        if time.monotonic() >= self._fresh_until:
            self._known = _read(tx)
            self._fresh_until = time.monotonic() + self._refresh_seconds
        return self._known.get(resource, _NONE)

    def forget(self) -> None:
        """Read the table again when somebody asks next."""
        self._fresh_until = float("-inf")


def _read(tx: Transaction) -> _Declared:
    table = tx.service.metadata.tables[DECLARATIONS]
    known: dict[str, dict[str, Declaration]] = defaultdict(dict)
    for row in tx.execute(sa.select(table).order_by(table.c.extension_field_id)):
        declaration: Declaration = from_row(Declaration, row)
        known[declaration.resource][declaration.name] = declaration
    return known


def keep(tx: Transaction, event: Any) -> None:
    """Take an announced declaration over, unless a later one is known."""
    table = tx.service.metadata.tables[DECLARATIONS]
    declaration = Declaration(**from_proto(event.declaration, Declaration))
    of_it = table.c.extension_field_id == event.extension_field_id
    known = tx.execute(sa.select(table.c.revision).where(of_it).with_for_update()).scalar()
    if known is None:
        row = to_row(declaration) | {"extension_field_id": event.extension_field_id}
        tx.execute(sa.insert(table), row)
    elif known < declaration.revision:
        tx.execute(sa.update(table).where(of_it).values(to_row(declaration)))


#: For the manifest of each service with extensible resources.
REACTIONS = tuple(
    Reaction(event, keep)
    for event in (
        events.ExtensionFieldDeclared,
        events.ExtensionFieldChanged,
        events.ExtensionFieldRetired,
        events.ExtensionFieldRestated,
    )
)
