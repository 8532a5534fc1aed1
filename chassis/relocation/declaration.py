"""What a manifest says of the rows that hang on a customer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from chassis.app import Transaction


@dataclass(frozen=True)
class Naming:
    """A column that names a row which each region has for itself, a calendar for instance.

    Such a row does not move: it is found in the other region by what it is called. names: the column that
    says so. key: of a column that holds a JSON object, the key that names the row. preferring: of several
    rows that are called the same, one of these.
    """

    column: sa.Column[Any]
    names: sa.Column[str]
    key: str = ""
    preferring: sa.ColumnElement[bool] | None = None

    @property
    def table(self) -> sa.Table:
        """The table of the rows that name it."""
        return table_of(self.column)

    def value_in(self, row: Mapping[str, Any]) -> Any:
        """What a row says here."""
        value = row[self.column.name]
        return value[self.key] if self.key else value

    def put(self, row: dict[str, Any], value: Any) -> None:
        """Have a row say this instead."""
        name = self.column.name
        row[name] = row[name] | {self.key: value} if self.key else value


@dataclass(frozen=True)
class Belonging:
    """Rows that hang on a customer: those whose `column` holds one of the values of `on`.

    on: columns of belongings that are named earlier; none means the customer's id itself. where: which of
    these rows hang on it, if not all. travels: which are carried to the other region, if not all; the others
    are deleted only.
    """

    column: sa.Column[str]
    on: tuple[sa.Column[str], ...] = ()
    where: sa.ColumnElement[bool] | None = None
    travels: sa.ColumnElement[bool] | None = None

    @property
    def table(self) -> sa.Table:
        """The table of these rows."""
        return table_of(self.column)


@dataclass(frozen=True)
class Obstacle:
    """Why a customer cannot leave now: a reason, and the id of what is in the way."""

    reason: str
    subject: str = ""


def none_in_the_way(_tx: Transaction, _account_id: str) -> Iterable[Obstacle]:
    """A customer can leave at any time."""
    return ()


def nothing_else(_tx: Transaction, _account_id: str, _record_ids: Sequence[str]) -> None:
    """Nothing happens besides."""


@dataclass(frozen=True)
class Estate:
    """All that one service keeps of a customer, in the order in which it can be inserted.

    obstacles(tx, account id) gives what must be settled before the customer can leave. leaving(tx, account id,
    record ids) runs in the transaction that deletes them, before it does. arrived(tx, account id, record ids)
    runs in the one that has inserted them, and in each rehearsal; it may raise Refused(
    RELOCATION_REFERENCE_MISSING). What turns up later leaves and arrives in the same way.
    """

    belongings: tuple[Belonging, ...] = ()
    naming: tuple[Naming, ...] = ()
    obstacles: Callable[[Transaction, str], Iterable[Obstacle]] = none_in_the_way
    leaving: Callable[[Transaction, str, Sequence[str]], None] = nothing_else
    arrived: Callable[[Transaction, str, Sequence[str]], None] = nothing_else

    @cached_property
    def tables(self) -> dict[str, sa.Table]:
        """The tables by name, in the order of insertion."""
        return {each.table.name: each.table for each in self.belongings}

    def anchor(self, table: sa.Table) -> sa.Column[str]:
        """The column by which rows of a table hang on others, which is never personal."""
        return next(each.column for each in self.belongings if each.table is table)


def table_of(column: sa.Column[Any]) -> sa.Table:
    """The table that a column was declared in."""
    assert isinstance(column.table, sa.Table)  # noqa: S101 - so it is declared
    return column.table


NOTHING = Estate()
