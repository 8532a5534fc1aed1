"""The rows of a customer from another region, inserted into this region's database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from chassis.errors import Invalid, Refused
from chassis.relocation.declaration import Estate, Naming, table_of
from chassis.relocation.reading import chunks
from chassis.relocation.rows import Row, Rows, from_json
from chassis.tables import owned

if TYPE_CHECKING:
    from chassis.app import Transaction


@dataclass(frozen=True)
class Owner:
    """Whose the records are in this region."""

    owner_id: str
    team_id: str
    business_unit_id: str


def insert(tx: Transaction, estate: Estate, rows: Rows, owner: Owner) -> None:
    """Insert the rows.

    Errors: Refused(RELOCATION_CONFLICT) where a row of this region has something that must be unique;
    Refused(RELOCATION_REFERENCE_MISSING) where nothing is called as a row says; Invalid(RELOCATION_MALFORMED).
    """
    if unknown := set(rows.tables) - set(estate.tables):
        raise Invalid("RELOCATION_MALFORMED", subject=", ".join(sorted(unknown)))
    for name, table in estate.tables.items():
        named = [dict(row) for row in rows.tables.get(name, [])]
        for naming in estate.naming:
            if naming.table is table:
                _resolve(tx, naming, named)
        theirs = vars(owner) if owned(table) else {}
        complete = [from_json(row, table) | theirs for row in named]
        for some in chunks(complete):
            _insert(tx, estate.anchor(table), some)


def _insert(tx: Transaction, anchor: sa.Column[str], rows: Sequence[Row]) -> None:
    table = table_of(anchor)
    try:
        with tx.connection.begin_nested():
            tx.execute(sa.insert(table), list(rows))
    except sa.exc.IntegrityError:
        # Not "from" the error: it tells the values, which are personal.
        taken = _taken(tx, table, rows)
        subject = f"{taken.columns} of {taken.row[anchor.name]}" if taken else table.name
        raise Refused("RELOCATION_CONFLICT", subject=subject) from None


@dataclass(frozen=True)
class _Taken:
    """A row whose values of these columns are in this region already."""

    columns: str
    row: Row


def _taken(tx: Transaction, table: sa.Table, rows: Sequence[Row]) -> _Taken | None:
    """The first row that meets one of this region; None if that is not what is wrong."""
    unique = [each for each in table.constraints if isinstance(each, sa.UniqueConstraint)]
    for constraint in (table.primary_key, *unique):
        for row in rows:
            same = sa.and_(*(column == row[column.name] for column in constraint.columns))
            if tx.execute(sa.select(sa.literal(1)).where(same)).first():
                names = (f"{table.name}.{column.name}" for column in constraint.columns)
                return _Taken(", ".join(names), row)
    return None


def _resolve(tx: Transaction, naming: Naming, rows: Sequence[Row]) -> None:
    """Put this region's ids in the place of {"name": …}."""
    named = [row for row in rows if isinstance(naming.value_in(row), dict)]
    names = {naming.value_in(row)["name"] for row in named}
    ids = {name: _called(tx, naming, name) for name in sorted(names)}
    for row in named:
        naming.put(row, ids[naming.value_in(row)["name"]])


def _called(tx: Transaction, naming: Naming, name: str) -> str:
    """The id of what is called so, the newest if there are several."""
    table = table_of(naming.names)
    found = sa.select(table.c.id).where(naming.names == name)
    if naming.preferring is not None:
        found = found.order_by(naming.preferring.desc())
    record_id = tx.execute(found.order_by(table.c.create_time.desc(), table.c.id).limit(1)).scalar()
    if record_id is None:
        raise Refused("RELOCATION_REFERENCE_MISSING", subject=f"{table.name}: {name}")
    return str(record_id)
