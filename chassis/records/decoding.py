"""Message → the values of a dataclass that a client may set: ``from_proto(message, cls, paths)``.

Enums become the StrEnum of the field's type, an unspecified one becomes "" (or None where the type allows it).
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable
from datetime import UTC
from functools import cache
from typing import Any

import orjson
from google.api import field_behavior_pb2
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from chassis.errors import Invalid
from chassis.money import Money
from chassis.records.enums import enum_names
from chassis.records.fields import fields_of, without_none


def from_proto(message: Message, cls: Any, paths: Iterable[str] | None = None) -> dict[str, Any]:
    """The values that a client may set, by field name: all of them, or those in ``paths``.

    OUTPUT_ONLY fields, ``id`` and ``etag`` are never among them, nor fields that cls does not have.
    """
    hints = dict(fields_of(cls))
    wanted = None if paths is None else set(paths)
    return {
        field.name: _value(message, field, hints[field.name])
        for field in writable_fields(message.DESCRIPTOR)
        if field.name in hints and (wanted is None or field.name in wanted)
    }


@cache
def writable_fields(descriptor: Descriptor) -> tuple[FieldDescriptor, ...]:
    """The fields of a resource that a client may set."""
    return tuple(
        field
        for field in descriptor.fields
        if field.name not in ("id", "etag") and not _behaves(field, field_behavior_pb2.OUTPUT_ONLY)
    )


def changed_paths(message: Message, mask: Iterable[str]) -> list[str]:
    """Which fields an update changes: those in the mask, or without one those that are set.

    IMMUTABLE fields (AIP-203) are set at creation alone: without a mask they are passed over. Raises
    Invalid(FIELD_NOT_UPDATABLE) for a path in the mask that a client may not change.
    """
    names = [
        field.name
        for field in writable_fields(message.DESCRIPTOR)
        if not _behaves(field, field_behavior_pb2.IMMUTABLE)
    ]
    paths = list(mask)
    for path in paths:
        if path not in names:
            raise Invalid(
                "FIELD_NOT_UPDATABLE", field="update_mask", path=path, allowed=", ".join(names)
            )
    return paths or [field.name for field, _ in message.ListFields() if field.name in names]


def _value(message: Message, field: FieldDescriptor, hint: Any) -> Any:
    value = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return dict(value)
    if field.is_repeated:
        item = typing.get_args(hint)[0]
        container = typing.get_origin(hint)
        return container(_single(each, field, item) for each in value)
    if field.has_presence and not message.HasField(field.name):
        return None
    return _single(value, field, hint)


def _single(value: Any, field: FieldDescriptor, hint: Any) -> Any:
    inner = without_none(hint)
    if field.enum_type is not None:
        name = enum_names(field.enum_type).get(value, "")
        if not name:
            return None if inner is not hint else ""
        return inner(name)
    if field.message_type is None:
        return _read_object(value, field) if isinstance(inner, types.GenericAlias) else value
    if field.message_type.full_name == "google.protobuf.Timestamp":
        return value.ToDatetime(UTC)
    if inner is Money:
        return Money(value.amount_minor, value.currency)
    if field.message_type.full_name in ("google.protobuf.Struct", "google.protobuf.Value"):
        return json_format.MessageToDict(value)
    return inner(**from_proto(value, inner))


def _read_object(text: str, field: FieldDescriptor) -> dict[str, Any]:
    """The object in a text of JSON. Raises Invalid(EXTENSIONS_MALFORMED)."""
    try:
        value = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        message, name = field.full_name.split(".")[-2:]
        raise Invalid("EXTENSIONS_MALFORMED", field=f"{message.lower()}.{name}")
    return value


def _behaves(field: FieldDescriptor, behavior: int) -> bool:
    return behavior in field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
