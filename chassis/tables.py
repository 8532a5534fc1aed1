"""Tables of records: the columns that all have, and reading and writing one record by its id.

A slice's store declares its table with record_table and says get, add and save in these words; it
writes its own statements for whatever else it needs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa

from chassis import prepared
from chassis.app import Transaction
from chassis.database import Id, UtcDateTime
from chassis.errors import Aborted, NotFound
from chassis.grants import Visibility
from chassis.mirror import changes
from chassis.prepared import Prepared
from chassis.records.rows import from_row, to_row

R = TypeVar("R")


def record_table(name: str, metadata: sa.MetaData, *columns: sa.schema.SchemaItem) -> sa.Table:
    """A table whose rows have id, version, create_time and update_time beside these columns."""
    return sa.Table(
        name,
        metadata,
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        *columns,
    )


#: The columns that say whose a row is.
OWNERSHIP = ("owner_id", "team_id", "business_unit_id")


def ownership() -> tuple[sa.Column[str], sa.Column[str], sa.Column[str]]:
    """The columns that say whose row it is; `visible` looks at them."""
    return (
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
    )


def owned(table: sa.FromClause) -> bool:
    """Whether its rows say whose they are."""
    return all(name in table.c for name in OWNERSHIP)


def own(tx: Transaction, record: Any) -> None:
    """Make a new record the caller's, as far as it says nothing else: person, first team, business unit.

    What a partner's user enters belongs to that partner.
    """
    identity = tx.call.identity
    record.owner_id = record.owner_id or identity.subject
    record.team_id = record.team_id or next(iter(identity.teams), "")
    record.business_unit_id = record.business_unit_id or identity.business_unit
    if tx.call.visibility is Visibility.PARTNER:
        record.partner_id = identity.partner_id


def visible(tx: Transaction, table: sa.FromClause) -> sa.ColumnElement[bool]:
    """The rows of a table that the caller may see, by the visibility of the method's permission.

    A table without ownership columns is reference data, which everybody with the permission sees. For partner and
    customer users a table needs partner_id or account_id; without it they see nothing. A table that names that
    column otherwise says so in its info: partners.info["partner_id"] = "id".
    """
    columns, identity = table.c, tx.call.identity
    match tx.call.visibility:
        case Visibility.PARTNER:
            return _equals(table, "partner_id", identity.partner_id)
        case Visibility.CUSTOMER:
            return _equals(table, "account_id", identity.account_id)
        case Visibility.REGION | Visibility.ALL:
            return sa.true()
    if not owned(table):
        return sa.true()
    own = columns.owner_id == identity.subject
    match tx.call.visibility:
        case Visibility.OWN:
            return own
        case Visibility.TEAM:
            return own | columns.team_id.in_(identity.teams)
        case _:
            return own | columns.business_unit_id.in_(identity.business_units)


def fetch(tx: Transaction, table: sa.Table, cls: type[R], record_id: str, *, etag: str = "") -> R:
    """The record with this id. An etag that is not empty must be the current one.

    Errors: NotFound (also if the caller may not see it); Aborted(STALE_ETAG).
    """
    row = look_up(tx, table, record_id)
    if etag and etag != str(row.version):
        raise Aborted("STALE_ETAG")
    record: R = from_row(cls, row)
    return record


def look_up(tx: Transaction, table: sa.Table, record_id: str) -> Any:
    """The row with this id, for what is shown as it is stored.

    Errors: NotFound (also if the caller may not see it).
    """
    sight, wanted = visible(tx, table), {"record_id": record_id}
    if isinstance(sight, sa.True_):
        rows: Sequence[Any] = _prepared(table).rows(tx.connection, wanted)
    else:
        rows = tx.execute(_by_id(table).where(sight), wanted).all()
    if not rows:
        raise not_found(table, record_id)
    return rows[0]


@cache
def _by_id(table: sa.Table) -> sa.Select[Any]:
    return sa.select(table).where(table.c.id == sa.bindparam("record_id"))


@cache
def _prepared(table: sa.Table) -> Prepared:
    return Prepared(_by_id(table))


def insert(tx: Transaction, table: sa.Table, record: Any) -> None:
    """Write a new record: version 1, created and updated now."""
    changes.writing(tx, table, record.id)
    prepared.insert(tx.connection, table, [new_row(tx, record)])


def new_row(tx: Transaction, record: Any) -> dict[str, Any]:
    """The row of a new record, for a store that writes many at once or adds columns of its own."""
    record.version, record.create_time, record.update_time = 1, tx.now, tx.now
    return to_row(record)


def update(tx: Transaction, table: sa.Table, record: Any) -> None:
    """Write a changed record and count its version up.

    Errors: Aborted(CONCURRENT_CHANGE) if somebody changed the row since it was read.
    """
    changes.writing(tx, table, record.id)
    read_version = record.version
    record.version, record.update_time = read_version + 1, tx.now
    row = to_row(record)
    wanted = {"record_id": record.id, "read_version": read_version}
    if _update(table, tuple(row)).run(tx.connection, row | wanted) != 1:
        raise Aborted("CONCURRENT_CHANGE")


@cache
def _update(table: sa.Table, names: tuple[str, ...]) -> Prepared:
    """A record's new row, in the place of the version that was read."""
    where = (
        table.c.id == sa.bindparam("record_id"),
        table.c.version == sa.bindparam("read_version"),
    )
    values = {name: sa.bindparam(name, type_=table.c[name].type) for name in names}
    return Prepared(sa.update(table).where(*where).values(values))


def delete(tx: Transaction, table: sa.Table, record: Any) -> None:
    """Remove a record that was read in this transaction.

    Errors: Aborted(CONCURRENT_CHANGE) if somebody changed the row since it was read.
    """
    changes.writing(tx, table, record.id)
    gone = tx.execute(
        sa.delete(table).where(table.c.id == record.id, table.c.version == record.version)
    )
    if gone.rowcount != 1:
        raise Aborted("CONCURRENT_CHANGE")


def not_found(table: sa.Table, record_id: str) -> NotFound:
    """The error for a record that is not there."""
    return NotFound("NOT_FOUND", kind=noun_of(table), id=record_id)


def noun_of(table: sa.Table) -> str:
    """What one row of a table is called: "sla policy" of sla_policies."""
    name = re.sub("ies$", "y", table.name)
    return re.sub("(?<=[cs]h)es$|s$", "", name).replace("_", " ")


def _equals(table: sa.FromClause, name: str, value: str) -> sa.ColumnElement[bool]:
    renamed = table.info if isinstance(table, sa.Table) else {}
    column = renamed.get(name, name)
    return table.c[column] == value if value and column in table.c else sa.false()
