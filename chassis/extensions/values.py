"""The values of a record's extension fields: checked, kept with it, and indexed in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

from chassis.errors import Invalid
from chassis.extensions.declarations import LONGEST_TEXT, Fault, merge, require
from chassis.extensions.tables import VALUES

if TYPE_CHECKING:
    from chassis.app import Transaction


class Extensible(Protocol):
    """A record with extension fields."""

    id: str
    extensions: dict[str, Any]


def enter(tx: Transaction, resource: str, record: Extensible) -> None:
    """Check and index what a new record was given; without declarations and values this does nothing.

    resource: what the request calls the record. Errors: Invalid(INVALID_FIELDS) that names each value.
    """
    declared = tx.declarations.of(tx, resource)
    if not declared and not record.extensions:
        return
    faults: dict[str, Fault] = {}
    record.extensions = merge(declared, record.extensions, {}, faults)
    require(declared, record.extensions, faults)
    _refuse(resource, faults)
    _write(tx, resource, record.id, record.extensions)


def merged(
    tx: Transaction, resource: str, record: Extensible, changes: dict[str, Any]
) -> dict[str, Any]:
    """The changes of an update, with all values that the record has afterwards in place of those given.

    A value that is given replaces the stored one, null removes it, the others stay. Errors: as enter.
    """
    if "extensions" not in changes:
        return changes
    faults: dict[str, Fault] = {}
    declared = tx.declarations.of(tx, resource)
    values = merge(declared, changes["extensions"], record.extensions, faults)
    _refuse(resource, faults)
    if values != record.extensions:
        forget(tx, record)
        _write(tx, resource, record.id, values)
    return changes | {"extensions": values}


def carry(tx: Transaction, source: str, target: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Of the values of one resource those that another takes too: declared there by the same name and type."""
    declared, origin = tx.declarations.of(tx, target), tx.declarations.of(tx, source)
    faults: dict[str, Fault] = {}
    alike = {
        name: value
        for name, value in values.items()
        if name in declared and name in origin and declared[name].type is origin[name].type
    }
    return merge(declared, alike, {}, faults)


def keep(tx: Transaction, resource: str, record: Extensible) -> None:
    """Index the values of a new record that was not entered by people, as they are.

    Nothing is asked of them: they were checked where they came from.
    """
    if record.extensions:
        _write(tx, resource, record.id, record.extensions)


def forget(tx: Transaction, record: Extensible) -> None:
    """Remove a record's values from the index."""
    if record.extensions:
        table = tx.service.metadata.tables[VALUES]
        tx.execute(sa.delete(table).where(table.c.record_id == record.id))


def _refuse(resource: str, faults: Mapping[str, Fault]) -> None:
    if faults:
        raise Invalid.fields(
            [fault.at(f"{resource}.extensions.{name}") for name, fault in faults.items()]
        )


def _write(tx: Transaction, resource: str, record_id: str, values: Mapping[str, Any]) -> None:
    rows = [
        {"record_id": record_id, "resource": resource, "name": name, "position": position} | cells
        for name, value in values.items()
        for position, cells in enumerate(_cells(value))
    ]
    if rows:
        tx.execute(sa.insert(tx.service.metadata.tables[VALUES]), rows)


def _cells(value: Any) -> Iterator[dict[str, Any]]:
    """How a value is indexed: by what it is, so that what nobody has declared yet is found once somebody does."""
    if isinstance(value, bool):
        yield {"text_value": str(value).lower(), "number_value": None}
    elif isinstance(value, int | float):
        yield {"text_value": None, "number_value": value}
    elif isinstance(value, str):
        yield {"text_value": value[:LONGEST_TEXT], "number_value": None}
    elif isinstance(value, list):
        for item in value:
            yield from _cells(item)
