"""Dataclass or row → message: ``to_proto(record, Message)`` and ``to_protos(rows, Message)``.

``version`` becomes ``etag``. Extension values are a dict here and the text of a JSON object in the message.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

import orjson
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.descriptors import extensions_of, message_class
from chassis.records.enums import enum_numbers

M = TypeVar("M", bound=Message)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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


def _is_money_field(field: FieldDescriptor) -> bool:
    message = field.message_type
    return message is not None and message.full_name == "meridian.type.v1.Money"
