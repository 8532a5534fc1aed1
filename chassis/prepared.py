"""Statements that are compiled once and then run on the driver's own cursor.

SQLAlchemy hashes a statement, looks its compiled form up and builds a result around the cursor each time it is run; for
one record that takes more CPU time than the query. What nearly every request does (read a record, the first page of a
list, write a record and its event) goes this way; everything else is worth SQLAlchemy's comfort.
"""

from __future__ import annotations

import operator
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

import sqlalchemy as sa

Statement = sa.Select[Any] | sa.Insert | sa.Update

_Convert = Callable[[Any], Any]
#: So many rows at most are inserted by one statement.
_FEW = 8


class Prepared:
    """A statement with bound parameters, without lists of values (IN) among them."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._columns = list(statement.selected_columns) if isinstance(statement, sa.Select) else []
        self._row: Any = namedtuple("_row", [each.name for each in self._columns])  # type: ignore[misc]
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: sa.Connection, parameters: Mapping[str, Any]) -> list[Any]:
        """What a SELECT finds, as named tuples. Raises what SQLAlchemy raises."""
        compiled = self._for(connection.dialect)
        found = _run(connection, compiled.text, compiled.bind(parameters), _ROWS)
        if compiled.readers:
            found = map(compiled.read, found)
        return [self._row._make(values) for values in found]

    def run(self, connection: sa.Connection, parameters: Mapping[str, Any]) -> int:
        """Run what is no SELECT. How many rows it wrote. Raises what SQLAlchemy raises."""
        compiled = self._for(connection.dialect)
        return int(_run(connection, compiled.text, compiled.bind(parameters), _COUNT))

    def _for(self, dialect: sa.Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = _compiled(self._statement, self._columns, dialect)
            self._compiled[dialect.name] = compiled
        return compiled


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that have the same columns, in the same order; few of them by one prepared statement."""
    if len(rows) > _FEW:
        connection.execute(sa.insert(table), rows)
    elif rows:
        statement, names = _insert(table, tuple(rows[0]), len(rows))
        values = chain.from_iterable(row.values() for row in rows)
        statement.run(connection, dict(zip(names, values, strict=True)))


@cache
def _insert(
    table: sa.Table, columns: tuple[str, ...], count: int
) -> tuple[Prepared, tuple[str, ...]]:
    """The INSERT of so many rows, and what its parameters are called, row by row."""
    rows = [
        {name: sa.bindparam(f"{name}_{n}", type_=table.c[name].type) for name in columns}
        for n in range(count)
    ]
    names = tuple(bound.key for row in rows for bound in row.values())
    return Prepared(sa.insert(table).inline().values(rows)), names


@dataclass(frozen=True)
class _Compiled:
    """A statement as one driver takes it."""

    text: str
    constants: dict[str, Any]
    positions: Sequence[str] | None
    """The parameters in order, for drivers that want them so."""
    writers: list[tuple[str, _Convert]]
    readers: list[tuple[int, _Convert]]

    def bind(self, parameters: Mapping[str, Any]) -> Any:
        """The parameters as the driver wants them."""
        values = {**self.constants, **parameters}
        for name, write in self.writers:
            values[name] = write(values[name])
        return values if self.positions is None else [values[name] for name in self.positions]

    def read(self, values: Sequence[Any]) -> list[Any]:
        """A row as the columns' types want it."""
        row = list(values)
        for place, read in self.readers:
            row[place] = read(row[place])
        return row


def _compiled(
    statement: Statement, columns: Sequence[sa.ColumnElement[Any]], dialect: sa.Dialect
) -> _Compiled:
    compiled: Any = statement.compile(dialect=dialect)
    writers = [
        (name, bound.type.dialect_impl(dialect).bind_processor(dialect))
        for name, bound in compiled.binds.items()
    ]
    readers = [
        column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
    ]
    return _Compiled(
        compiled.string,
        compiled.construct_params(_check=False),
        compiled.positiontup if compiled.positional else None,
        [(name, write) for name, write in writers if write],
        [(place, read) for place, read in enumerate(readers) if read],
    )


_ROWS = operator.methodcaller("fetchall")
_COUNT = operator.attrgetter("rowcount")


def _run(
    connection: sa.Connection, text: str, parameters: Any, outcome: Callable[[Any], Any]
) -> Any:
    """What the driver's cursor has after it ran this; its errors become SQLAlchemy's."""
    pooled, dialect = connection.connection, connection.dialect
    cursor = pooled.cursor()
    try:
        cursor.execute(text, parameters)
        return outcome(cursor)
    except dialect.loaded_dbapi.Error as error:
        lost = dialect.is_disconnect(error, pooled.dbapi_connection, cursor)
        if lost:
            connection.invalidate(error)
        kind = dialect.loaded_dbapi.Error
        raise sa.exc.DBAPIError.instance(
            text, parameters, error, kind, connection_invalidated=lost, dialect=dialect
        ) from error
    finally:
        cursor.close()
