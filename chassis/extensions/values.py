"""The values of a record's extension fields: checked, kept with it, and indexed in the same transaction."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

from chassis.errors import Invalid
from chassis.extensions.declarations import (
    LONGEST_TEXT,
    ExtensionType,
    Fault,
    from_text,
    merge,
    require,
)
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
    check(tx, resource, record)
    keep(tx, resource, record)


def check(
    tx: Transaction, resource: str, record: Extensible, asked: Container[str] | None = None
) -> None:
    """Check what a new record was given. `asked`: the fields that could be given; None means all.

    Errors: as enter.
    """
    declared = tx.declarations.of(tx, resource)
    if not declared and not record.extensions:
        return
    faults: dict[str, Fault] = {}
    record.extensions = merge(declared, record.extensions, {}, faults)
    expected = {name: each for name, each in declared.items() if asked is None or name in asked}
    require(expected, record.extensions, faults)
    _refuse(resource, faults)


def read(tx: Transaction, resource: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """Values that were written as text, by name. What cannot be read stays text, for `check` to refuse."""
    declared = tx.declarations.of(tx, resource)
    return {
        name: _read(declared[name].type, text) if name in declared else text
        for name, text in texts.items()
        if text
    }


def _read(kind: ExtensionType, text: str) -> Any:
    try:
        return from_text(kind, text)
    except Fault:
        return text


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
        record.extensions = values
        keep(tx, resource, record)
    return changes | {"extensions": values}


def carry(
    tx: Transaction, source: str, brought: Mapping[str, Any], target: str, record: Extensible
) -> None:
    """Give a new record those values of another one that are declared for both by the same name and type.

    source and target: what requests call the one that the values come from, and the new one. Nothing is
    required of the new record, since nobody was asked.
    """
    if not brought:
        return
    declared, origin = tx.declarations.of(tx, target), tx.declarations.of(tx, source)
    alike = {
        name: value
        for name, value in brought.items()
        if name in declared and name in origin and declared[name].type is origin[name].type
    }
    unfit: dict[str, Fault] = {}
    record.extensions = merge(declared, alike, {}, unfit)
    keep(tx, target, record)


def keep(tx: Transaction, resource: str, *records: Extensible) -> None:
    """Index the values of new records, as they are."""
    rows = [
        {"record_id": record.id, "resource": resource, "name": name, "position": position} | cells
        for record in records
        for name, value in record.extensions.items()
        for position, cells in enumerate(_cells(value))
    ]
    if rows:
        tx.execute(sa.insert(tx.service.metadata.tables[VALUES]), rows)


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
