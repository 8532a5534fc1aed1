"""One record in its three shapes: domain dataclass, database row, protobuf message.

Fields go by name, so a slice writes no copying code:

* ``to_row(record)`` and ``from_row(cls, row)``: dataclass ↔ columns. A Money field is the two columns
  ``<name>_minor`` and ``<name>_currency``; tuples, dicts and nested dataclasses are one JSON column.
* ``to_proto(record, Message)``, ``to_protos(rows, Message)``: dataclass or row → message. ``version`` becomes ``etag``.
  Extension values are a dict here and the text of a JSON object in the message.
* ``from_proto(message, cls, paths)``: the client's values for a dataclass; enums become the StrEnum of
  the field's type, an unspecified one becomes "" (or None where the type allows it).

Enum values: ``LEAD_STATE_NEW`` in protobuf is ``"new"`` everywhere else.
"""

from __future__ import annotations

import dataclasses
import operator
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

import orjson
from google.api import field_behavior_pb2
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.descriptors import extensions_of, message_class
from chassis.errors import Invalid
from chassis.money import Money

M = TypeVar("M", bound=Message)

# ---- dataclass ↔ row ---------------------------------------------------------------------------


def to_row(record: Any) -> dict[str, Any]:
    """The columns of a record, by name."""
    cls: Any = type(record)
    plain, others = _fields_of_rows(cls)
    row: dict[str, Any] = {name: getattr(record, name) for name in plain}
    for name, is_money in others:
        value = getattr(record, name)
        if is_money:
            row[f"{name}_minor"] = None if value is None else value.amount_minor
            row[f"{name}_currency"] = None if value is None else value.currency
        else:
            row[name] = to_json(value)
    return row


_PLAIN = (str, int, float, bool, datetime)


@cache
def _fields_of_rows(cls: Any) -> tuple[list[str], list[tuple[str, bool]]]:
    """The fields whose values are a column's as they are, and the others: whether they are amounts."""
    plain = [name for name, hint in _fields(cls) if _without_none(hint) in _PLAIN]
    return plain, [(name, _is_money(h)) for name, h in _fields(cls) if name not in plain]


def from_row(cls: Any, row: Any) -> Any:
    """A record from a row that has a column for each of its fields."""
    plain, others = _columns(cls, row._fields)
    values: dict[str, Any] = {name: row[at] for name, at in plain}
    for name, at, currency_at, decode in others:
        value = row[at]
        if currency_at >= 0:
            values[name] = None if value is None else Money(value, row[currency_at])
        else:
            values[name] = decode(value)
    return cls(**values)


@cache
def _columns(
    cls: Any, names: tuple[str, ...]
) -> tuple[list[tuple[str, int]], list[tuple[str, int, int, _Decode]]]:
    """Where in a row of these columns the fields of a dataclass are: those whose values are the columns'
    as they are, and the others, with the place of an amount's currency (else -1) and how they are read.
    """
    at = {name: place for place, name in enumerate(names)}
    plain: list[tuple[str, int]] = []
    others: list[tuple[str, int, int, _Decode]] = []
    for name, hint in _fields(cls):
        if _is_money(hint):
            others.append((name, at[f"{name}_minor"], at[f"{name}_currency"], _itself))
        elif decode := _decoder(hint):
            others.append((name, at[name], -1, decode))
        else:
            plain.append((name, at[name]))
    return plain, others


def _itself(value: Any) -> Any:
    return value


def to_json(value: Any) -> Any:
    """A value as JSON can hold it; times are left to the column's type, except inside structures."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {key: _inner(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_inner(item) for item in value]
    if dataclasses.is_dataclass(value):
        return _inner(value)
    return value


def _inner(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if dataclasses.is_dataclass(value):
        return {f.name: _inner(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return to_json(value)


def from_json(hint: Any, value: Any) -> Any:
    """The inverse of to_json for a field of this type."""
    decode = _decoder(hint)
    return value if decode is None else decode(value)


_Decode = Callable[[Any], Any]


@cache
def _decoder(hint: Any) -> _Decode | None:
    """How a stored value becomes a value of this type; None if it already is one."""
    inner = _without_none(hint)
    if inner is not hint:
        decode = _decoder(inner)
        return None if decode is None else lambda v: None if v is None else decode(v)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (tuple, list):
        item = arguments[0]
        return lambda v: origin(from_json(item, each) for each in v or ())
    if origin is dict:
        return lambda v: {key: from_json(arguments[1], each) for key, each in (v or {}).items()}
    if not isinstance(hint, type):
        return None
    if issubclass(hint, StrEnum):
        return hint
    if hint is datetime:
        return lambda v: datetime.fromisoformat(v) if isinstance(v, str) else v
    if dataclasses.is_dataclass(hint):
        return lambda v: hint(**{n: from_json(h, v[n]) for n, h in _fields(hint) if n in v})
    return None


# ---- dataclass or row → proto ------------------------------------------------------------------


def to_proto(record: Any, message_type: type[M]) -> M:
    """A message from a dataclass, a row or a dict. Fields that the record does not have stay unset."""
    return to_protos([record], message_type)[0]


def to_protos(records: Sequence[Any], message_type: type[M]) -> list[M]:
    """The messages of records of one kind, such as the rows of a list."""
    if not records:
        return []
    names, values_of = _reading(records[0], message_type.DESCRIPTOR)
    plan = _plan(message_type.DESCRIPTOR, names)
    return [_build(message_type, plan, values_of(record)) for record in records]


@dataclasses.dataclass(frozen=True, slots=True)
class _Step:
    """How one field of a message is made of the values at these places of a record."""

    name: str
    at: int
    encode: Callable[[Any], Any] | None
    #: Where the currency is, if the value is an amount in minor units.
    currency_at: int = -1
    #: Whether an empty value says something else than no value.
    keeps_empty: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class _Plan:
    """How a message is made: the fields that take a value as it is unless it is empty, and the others."""

    plain: list[tuple[str, int]]
    steps: list[_Step]


def _build(message_type: type[M], plan: _Plan, values: Sequence[Any]) -> M:
    fields = {name: values[at] for name, at in plan.plain if values[at]}
    for step in plan.steps:
        value = values[step.at]
        if value is None or not (value or step.keeps_empty):
            continue
        if step.currency_at >= 0:
            value = {"amount_minor": value, "currency": values[step.currency_at]}
        elif step.encode is not None:
            value = step.encode(value)
        fields[step.name] = value
    return message_type(**fields)


_Values = Callable[[Any], Sequence[Any]]


def _reading(record: Any, descriptor: Any) -> tuple[tuple[str, ...], _Values]:
    """Which of the wanted values a record has, and how to read them in one go."""
    if hasattr(record, "_fields"):
        return record._fields, lambda row: row
    if isinstance(record, Mapping):
        names = tuple(name for name in _wanted(descriptor) if name in record)
        return names, lambda each: [each[name] for name in names]
    cls: Any = type(record)
    return _attributes(cls, descriptor)


@cache
def _attributes(cls: Any, descriptor: Descriptor) -> tuple[tuple[str, ...], _Values]:
    has = (
        {each.name for each in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else set()
    )
    names = tuple(
        name for name in _wanted(descriptor) if name in has or not callable(getattr(cls, name, len))
    )
    if len(names) == 1:
        return names, lambda record: (getattr(record, names[0]),)
    return names, operator.attrgetter(*names) if names else lambda _record: ()


@cache
def _wanted(descriptor: Descriptor) -> tuple[str, ...]:
    """The names under which a record may hold the fields of a message."""
    names = []
    for field in descriptor.fields:
        names.append("version" if field.name == "etag" else field.name)
        if _is_money_field(field):
            names += [f"{field.name}_minor", f"{field.name}_currency"]
    return tuple(names)


@cache
def _plan(descriptor: Descriptor, names: tuple[str, ...]) -> _Plan:
    at = {name: place for place, name in enumerate(names)}
    steps = []
    for field in descriptor.fields:
        minor, currency = f"{field.name}_minor", f"{field.name}_currency"
        source = "version" if field.name == "etag" else field.name
        if _is_money_field(field) and minor in at and currency in at:
            steps.append(_Step(field.name, at[minor], None, at[currency], keeps_empty=True))
        elif source in at:
            encode = str if source == "version" else _encoder(field)
            steps.append(_Step(field.name, at[source], encode, keeps_empty=field.has_presence))
    plain = [each for each in steps if each.encode is None and not each.keeps_empty]
    return _Plan(
        [(each.name, each.at) for each in plain], [each for each in steps if each not in plain]
    )


def _encoder(field: FieldDescriptor) -> Callable[[Any], Any] | None:
    """How a value becomes one of this field; None if it is one already."""
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return None
    encode = _single_encoder(field)
    if encode is None or not field.is_repeated:
        return encode
    return lambda values: [encode(value) for value in values]


def _single_encoder(field: FieldDescriptor) -> Callable[[Any], Any] | None:
    if field.enum_type is not None:
        return enum_numbers(field.enum_type).__getitem__
    if field.message_type is None:
        return _write_object if extensions_of(field) else None
    full_name = field.message_type.full_name
    if full_name == "google.protobuf.Timestamp":
        return _seconds_and_nanos
    message_type = message_class(field.message_type)
    if full_name in ("google.protobuf.Struct", "google.protobuf.Value"):
        return lambda value: json_format.ParseDict(value, message_type())
    return lambda value: to_proto(value, message_type)


def _write_object(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value).decode()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_timestamp(value: datetime | str) -> Timestamp:
    """A time with its zone as protobuf has it."""
    return Timestamp(**_seconds_and_nanos(value))


def _seconds_and_nanos(value: datetime | str) -> dict[str, int]:
    """The fields of a Timestamp. Given to a message's constructor they cost less than half of a Timestamp."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    since = moment - _EPOCH
    return {
        "seconds": since.days * 86_400 + since.seconds,
        "nanos": since.microseconds * 1_000,
    }


@cache
def enum_numbers(enum: EnumDescriptor) -> dict[str, int]:
    """``{"": 0, "new": 1, …}``: the short names of an enum's values and their numbers."""
    prefix = _enum_prefix(enum)
    numbers = {value.name.removeprefix(prefix).lower(): value.number for value in enum.values}
    numbers[""] = 0
    return numbers


@cache
def enum_names(enum: EnumDescriptor) -> dict[int, str]:
    """The inverse of enum_numbers; the unspecified value is ""."""
    return {number: name for name, number in enum_numbers(enum).items() if number} | {0: ""}


def _enum_prefix(enum: EnumDescriptor) -> str:
    return enum.values[0].name.removesuffix("UNSPECIFIED")


# ---- proto → dataclass -------------------------------------------------------------------------


def from_proto(
    message: Message, cls: type[Any], paths: Iterable[str] | None = None
) -> dict[str, Any]:
    """The values that a client may set, by field name: all of them, or those in ``paths``.

    OUTPUT_ONLY fields, ``id`` and ``etag`` are never among them, nor fields that cls does not have.
    """
    hints = dict(_fields(cls))
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
    inner = _without_none(hint)
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


# ---- what a type says --------------------------------------------------------------------------


_FIELDS: dict[Any, tuple[tuple[str, Any], ...]] = {}


def _fields(cls: Any) -> tuple[tuple[str, Any], ...]:
    if cls not in _FIELDS:
        hints = typing.get_type_hints(cls)
        _FIELDS[cls] = tuple((each.name, hints[each.name]) for each in dataclasses.fields(cls))
    return _FIELDS[cls]


@cache
def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        inner = [each for each in typing.get_args(hint) if each is not type(None)]
        return inner[0] if len(inner) == 1 else hint
    return hint


def _is_money(hint: Any) -> bool:
    return _without_none(hint) is Money


def _is_money_field(field: FieldDescriptor) -> bool:
    message = field.message_type
    return message is not None and message.full_name == "meridian.type.v1.Money"


def _behaves(field: FieldDescriptor, behavior: int) -> bool:
    return behavior in field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
