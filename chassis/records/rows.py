"""Dataclass ↔ columns of a row: ``to_row(record)`` and ``from_row(cls, row)``.

A Money field is the two columns ``<name>_minor`` and ``<name>_currency``; tuples, dicts and nested
dataclasses are one JSON column.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from chassis.money import Money
from chassis.records.fields import fields_of, without_none

_PLAIN = (str, int, float, bool, datetime)

_Decode = Callable[[Any], Any]


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


@cache
def _fields_of_rows(cls: Any) -> tuple[list[str], list[tuple[str, bool]]]:
    """The fields whose values are a column's as they are, and the others: whether they are amounts."""
    plain = [name for name, hint in fields_of(cls) if without_none(hint) in _PLAIN]
    return plain, [(name, _is_money(h)) for name, h in fields_of(cls) if name not in plain]


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
    for name, hint in fields_of(cls):
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


@cache
def _decoder(hint: Any) -> _Decode | None:
    """How a stored value becomes a value of this type; None if it already is one."""
    inner = without_none(hint)
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
        return lambda v: hint(**{n: from_json(h, v[n]) for n, h in fields_of(hint) if n in v})
    return None


def _is_money(hint: Any) -> bool:
    return without_none(hint) is Money
