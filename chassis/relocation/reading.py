"""The rows of a customer in this region's database: found, and deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from chassis.relocation.declaration import Belonging, Estate, Naming, table_of
from chassis.relocation.rows import Row, Rows, to_json

if TYPE_CHECKING:
    from chassis.app import Transaction

T = TypeVar("T")
Key = tuple[Any, ...]

#: Values that one statement looks for.
_AT_ONCE = 500
_TRAVELS = "travels"


@dataclass(frozen=True)
class Holding:
    """What of a customer is here: `rows` travel; `keys` are the primary keys of all that leave, by table."""

    rows: Rows
    keys: Mapping[str, list[Key]]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing."""
        return not any(self.keys.values())


def read(
    tx: Transaction, estate: Estate, known: Iterable[str], *, locking: bool = False
) -> Holding:
    """What hangs on these ids: the customer's, and those of records that left with it.

    locking: nobody changes these rows until the transaction ends.
    """
    walk = _Walk(tx, frozenset(known), locking)
    for belonging in estate.belongings:
        walk.take(belonging)
    rows = {name: walk.travelling(table) for name, table in estate.tables.items()}
    _name_all(tx, estate, rows)
    keys = {name: sorted(walk.found[table]) for name, table in estate.tables.items()}
    return Holding(Rows(rows), keys)


def read_again(tx: Transaction, estate: Estate, rows: Rows) -> Rows:
    """The rows as they stand now: those with the same primary keys, and no others that hang on them."""
    again = {}
    for name, table in estate.tables.items():
        keys = [_key(table, row) for row in rows.tables.get(name, [])]
        found: dict[Key, Mapping[str, Any]] = {}
        for some in chunks(keys):
            statement = sa.select(table).where(sa.tuple_(*table.primary_key).in_(some))
            found |= _by_key(table, tx.execute(statement))
        again[name] = [to_json(found[key], table) for key in sorted(found)]
    _name_all(tx, estate, again)
    return Rows(again)


def delete(tx: Transaction, estate: Estate, holding: Holding) -> None:
    """Delete what was read; what hangs on others goes first."""
    for name, table in reversed(estate.tables.items()):
        for some in chunks(holding.keys[name]):
            tx.execute(sa.delete(table).where(sa.tuple_(*table.primary_key).in_(some)))


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values, as many at a time as one statement takes."""
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


@dataclass
class _Walk:
    """From belonging to belonging; each hangs on those before it."""

    tx: Transaction
    known: frozenset[str]
    locking: bool
    found: dict[sa.Table, dict[Key, Mapping[str, Any]]] = field(default_factory=dict)

    def take(self, belonging: Belonging) -> None:
        """Find the rows of one belonging."""
        table = belonging.table
        rows = self.found.setdefault(table, {})
        travels = sa.true() if belonging.travels is None else belonging.travels
        for some in chunks(sorted(self._wanted(belonging))):
            statement = sa.select(table, travels.label(_TRAVELS)).where(belonging.column.in_(some))
            if belonging.where is not None:
                statement = statement.where(belonging.where)
            if self.locking:
                statement = statement.order_by(*table.primary_key).with_for_update()
            rows |= _by_key(table, self.tx.execute(statement))

    def travelling(self, table: sa.Table) -> list[Row]:
        """The rows of a table that are carried along, by primary key."""
        rows = sorted(self.found[table].items(), key=lambda item: item[0])
        return [to_json(row, table) for _, row in rows if row[_TRAVELS]]

    def _wanted(self, belonging: Belonging) -> set[str]:
        held = {
            row[column.name]
            for column in belonging.on
            for row in self.found[table_of(column)].values()
        }
        return (held | self.known) - {""}


def _key(table: sa.Table, row: Mapping[str, Any]) -> Key:
    return tuple(row[column.name] for column in table.primary_key)


def _by_key(table: sa.Table, rows: Iterable[sa.Row[Any]]) -> dict[Key, Mapping[str, Any]]:
    found = [dict(row._mapping) for row in rows]
    return {_key(table, row): row for row in found}


def _name_all(tx: Transaction, estate: Estate, rows: Mapping[str, list[Row]]) -> None:
    for naming in estate.naming:
        _name(tx, naming, rows[naming.table.name])


def _name(tx: Transaction, naming: Naming, rows: list[Row]) -> None:
    """Put {"name": …} in the place of the ids of what does not move."""
    ids = sorted({naming.value_in(row) for row in rows} - {"", None})
    table = table_of(naming.names)
    called: dict[str, str] = {}
    for some in chunks(ids):
        statement = sa.select(table.c.id, naming.names.label("name")).where(table.c.id.in_(some))
        called |= {row.id: row.name for row in tx.execute(statement)}
    for row in rows:
        if (named := called.get(naming.value_in(row))) is not None:
            naming.put(row, {"name": named})
