"""JSON values to and from protobuf's scalar types.

Source: the proto3 JSON mapping (protobuf.dev/programming-guides/json). Narrower in one point:
NaN and the infinities are refused, because no amount, rate or quantity of Meridian can be one.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from typing import Any

import orjson
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.internal import type_checkers

from chassis.descriptors import extensions_of
from gateway.rules import bounds
from gateway.wrong import Wrong, json_kind

Convert = Callable[[Any], Any]
Range = tuple[int, int]

_WHOLE = re.compile(r"-?[0-9]{1,20}")
_NUMBER = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,4})?")
# Whatever rounds to the greatest number of 32 bits.
_GREATEST_FLOAT = 3.4028235677973362e38
# Levels of a JSON value that orjson writes.
_DEEPEST_OBJECT = 254

_INT32 = (-(2**31), 2**31 - 1)
_INT64 = (-(2**63), 2**63 - 1)
_RANGES = {
    FieldDescriptor.TYPE_INT32: _INT32,
    FieldDescriptor.TYPE_SINT32: _INT32,
    FieldDescriptor.TYPE_SFIXED32: _INT32,
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_FIXED32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_INT64: _INT64,
    FieldDescriptor.TYPE_SINT64: _INT64,
    FieldDescriptor.TYPE_SFIXED64: _INT64,
    FieldDescriptor.TYPE_UINT64: (0, 2**64 - 1),
    FieldDescriptor.TYPE_FIXED64: (0, 2**64 - 1),
}
_WIDE = {
    FieldDescriptor.TYPE_INT64,
    FieldDescriptor.TYPE_SINT64,
    FieldDescriptor.TYPE_SFIXED64,
    FieldDescriptor.TYPE_UINT64,
    FieldDescriptor.TYPE_FIXED64,
}


def parser(field: FieldDescriptor) -> Convert:
    """The function that turns a JSON value into this scalar or enum field's Python value."""
    if extensions_of(field):
        return parse_object
    if field.enum_type is not None:
        return enum_parser(field.enum_type)
    if field.type in _RANGES:
        fits = _RANGES[field.type]
        return whole_parser(fits, bounds(field, fits))
    if field.type == FieldDescriptor.TYPE_FLOAT:
        return parse_float
    return _PARSERS[field.type]


def renderer(field: FieldDescriptor) -> Convert | None:
    """The function that makes this field's value ready for JSON; None if it is already."""
    if extensions_of(field):
        return render_object
    if field.enum_type is not None:
        return enum_renderer(field.enum_type)
    if field.type in _WIDE:
        return str
    return _RENDERERS.get(field.type)


def parse_text(value: Any) -> str:
    """A JSON string."""
    if value.__class__ is str:
        return str(value)
    raise Wrong("WRONG_TYPE", expected="a string", found=json_kind(value))


def parse_object(value: Any) -> str:
    """A JSON object, which travels on as its text. The service that it is for knows what may stand in it."""
    if value.__class__ is not dict:
        raise Wrong("WRONG_TYPE", expected="an object", found=json_kind(value))
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        raise Wrong("TOO_DEEP", most=_DEEPEST_OBJECT) from None


def render_object(text: str) -> Any:
    """The object of this text, put into the answer as it is."""
    return orjson.Fragment(text) if text else {}


def parse_bool(value: Any) -> bool:
    """true or false, nothing else."""
    if value.__class__ is bool:
        return bool(value)
    raise Wrong("WRONG_TYPE", expected="true or false", found=json_kind(value))


def whole_parser(fits: Range, allowed: Range | None = None) -> Convert:
    """A whole number that fits into its type, as a number or as a string of digits.

    `allowed` is what the rule of its field leaves of that, for who sends one that does not fit.
    """
    least, most = fits
    told_least, told_most = allowed or fits

    def parse(value: Any) -> int:
        number = value if value.__class__ is int else _whole(value)
        if least <= number <= most:
            return int(number)
        raise Wrong("OUT_OF_RANGE", least=told_least, most=told_most)

    return parse


def _whole(value: Any) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise Wrong("WRONG_TYPE", expected="a whole number", found=json_kind(value))


def parse_double(value: Any) -> float:
    """A finite number, also as a string."""
    if value.__class__ is float:
        return float(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if not is_number and not (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise Wrong("WRONG_TYPE", expected="a number", found=json_kind(value))
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isfinite(number):
        return number
    raise Wrong("OUT_OF_RANGE", least="-1.79e308", most="1.79e308")


def parse_float(value: Any) -> float:
    """A number that fits in 32 bits."""
    number = parse_double(value)
    if abs(number) <= _GREATEST_FLOAT:
        return number
    raise Wrong("OUT_OF_RANGE", least="-3.4e38", most="3.4e38")


def parse_bytes(value: Any) -> bytes:
    """Base64, of the standard or the URL-safe alphabet, padded or not."""
    text = parse_text(value).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Wrong("WRONG_FORMAT", expected="base64") from None


def enum_parser(enum: EnumDescriptor) -> Convert:
    """The name of an enum value, or its number if it has a name."""
    numbers = {value.name: value.number for value in enum.values}
    known = set(numbers.values())
    allowed = [name for name in numbers if not name.endswith("_UNSPECIFIED")]

    def parse(value: Any) -> int:
        if isinstance(value, str):
            number = numbers.get(value)
            if number is not None:
                return number
        elif value.__class__ is int and value in known:
            return int(value)
        raise Wrong("UNKNOWN_ENUM_VALUE", allowed=", ".join(allowed))

    return parse


def enum_renderer(enum: EnumDescriptor) -> Convert:
    """The name of an enum's number; a number that this process does not know yet stays one."""
    names = {number: value.name for number, value in enum.values_by_number.items()}
    return _Names(names).__getitem__


class _Names(dict[int, Any]):
    def __missing__(self, number: int) -> int:
        return number


def render_bytes(value: bytes) -> str:
    """Base64 of the standard alphabet, padded."""
    return base64.b64encode(value).decode("ascii")


def render_double(value: float) -> float | str:
    """A number; the values that JSON has no number for as text."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def render_float(value: float) -> float | str:
    """The shortest number that is this one in 32 bits."""
    return render_double(type_checkers.ToShortestFloat(value) if math.isfinite(value) else value)


_PARSERS: dict[int, Convert] = {
    FieldDescriptor.TYPE_STRING: parse_text,
    FieldDescriptor.TYPE_BOOL: parse_bool,
    FieldDescriptor.TYPE_DOUBLE: parse_double,
    FieldDescriptor.TYPE_BYTES: parse_bytes,
}
_RENDERERS: dict[int, Convert] = {
    FieldDescriptor.TYPE_DOUBLE: render_double,
    FieldDescriptor.TYPE_FLOAT: render_float,
    FieldDescriptor.TYPE_BYTES: render_bytes,
}
