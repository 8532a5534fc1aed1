"""A resource as a row of its table, and that row in place of whatever the table has."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from google.protobuf.message import Message

from chassis.records.enums import enum_names

if TYPE_CHECKING:
    from chassis.app import Transaction

_MONEY = "meridian.type.v1.Money"
_TIMESTAMP = "google.protobuf.Timestamp"


def row_of(resource: Message, table: sa.Table) -> dict[str, Any]:
    """The columns of a table for which the resource has a field; its etag is the version.

    The inverse of chassis.records.encoding.to_proto for a row.
    """
    row: dict[str, Any] = {}
    for field in resource.DESCRIPTOR.fields:
        value = _plain(resource, field)
        if field.name == "etag":
            row["version"] = int(value)
        elif _is(field, _MONEY):
            row[f"{field.name}_minor"] = value and value["amount_minor"]
            row[f"{field.name}_currency"] = value and value["currency"]
        else:
            row[field.name] = value
    return {name: value for name, value in row.items() if name in table.c}


def replace(tx: Transaction, table: sa.Table, row: dict[str, Any]) -> None:
    """Write a row over the one with its id, or as a new one.

    Another row that holds something unique of this one is gone in the hub, or has another value there:
    it makes room, and comes again if the hub still has it.
    """
    same = table.c.id == row["id"]
    unique = [
        sa.and_(*(table.c[column.name] == row[column.name] for column in constraint.columns))
        for constraint in table.constraints
        if isinstance(constraint, sa.UniqueConstraint)
    ]
    here = set(tx.execute(sa.select(table.c.id).where(sa.or_(same, *unique))).scalars())
    if others := here - {row["id"]}:
        tx.execute(sa.delete(table).where(table.c.id.in_(others)))
    if row["id"] in here:
        tx.execute(sa.update(table).where(same).values(row))
    else:
        tx.execute(sa.insert(table).values(row))


def _plain(message: Message, field: Any) -> Any:
    value = getattr(message, field.name)
    if field.is_repeated:
        return [_single(each, field) for each in value]
    if field.has_presence and not message.HasField(field.name):
        return None
    return _single(value, field)


def _single(value: Any, field: Any) -> Any:
    if field.enum_type is not None:
        return enum_names(field.enum_type).get(value, "")
    if field.message_type is None:
        return value
    if _is(field, _TIMESTAMP):
        return value.ToDatetime(UTC)
    return {each.name: _plain(value, each) for each in field.message_type.fields}


def _is(field: Any, message_type: str) -> bool:
    return field.message_type is not None and field.message_type.full_name == message_type
