"""JSON to and from the well-known message types, which have forms of their own.

Source: the proto3 JSON mapping. In one point ours: the paths of a FieldMask are written with the
proto's names, as everything else here; lowerCamelCase is understood too.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from google.protobuf import duration_pb2, empty_pb2, field_mask_pb2, struct_pb2, timestamp_pb2
from google.protobuf import wrappers_pb2 as wrappers
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from gateway import scalars
from gateway.scalars import Convert
from gateway.wrong import Wrong, json_kind

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DURATION = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,9}))?s", re.ASCII)
_PATH = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_DURATION = 315_576_000_000
# Services read at most 100 levels of messages; a level of JSON takes three (Struct, entry, Value).
_DEEPEST = 30


def parse_timestamp(value: Any) -> timestamp_pb2.Timestamp:
    """RFC 3339 with a time zone, to the nanosecond."""
    found = _TIME.fullmatch(scalars.parse_text(value))
    try:
        if found is None:
            raise ValueError
        seconds, fraction, zone = found.groups()
        since = datetime.fromisoformat(seconds + zone) - _EPOCH
    except ValueError:
        raise Wrong("WRONG_FORMAT", expected="a time like 2026-01-31T08:30:00Z") from None
    whole = since.days * 86400 + since.seconds
    if not -62_135_596_800 <= whole <= 253_402_300_799:
        raise Wrong("OUT_OF_RANGE", least="0001-01-01T00:00:00Z", most="9999-12-31T23:59:59Z")
    return timestamp_pb2.Timestamp(seconds=whole, nanos=_nanos(fraction))


def render_timestamp(time: timestamp_pb2.Timestamp) -> str:
    """RFC 3339 in UTC with as few of 0, 3, 6 or 9 decimals as needed."""
    return _time_text(time.seconds, time.nanos)


@lru_cache(maxsize=16_384)
def _time_text(seconds: int, nanos: int) -> str:
    """Kept, since the times of a record are shown as often as the record."""
    text = (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]
    return f"{text}{_fraction(nanos)}Z"


def parse_duration(value: Any) -> duration_pb2.Duration:
    """Seconds with an "s" behind, such as "1.5s"."""
    found = _DURATION.fullmatch(scalars.parse_text(value))
    if found is None:
        raise Wrong("WRONG_FORMAT", expected='seconds like "90s" or "1.5s"')
    sign = -1 if found[1] else 1
    if int(found[2]) > _LONGEST_DURATION:
        raise Wrong("OUT_OF_RANGE", least=f"-{_LONGEST_DURATION}s", most=f"{_LONGEST_DURATION}s")
    return duration_pb2.Duration(seconds=sign * int(found[2]), nanos=sign * _nanos(found[3]))


def render_duration(duration: duration_pb2.Duration) -> str:
    """Seconds with as few of 0, 3, 6 or 9 decimals as needed and an "s" behind."""
    sign = "-" if duration.seconds < 0 or duration.nanos < 0 else ""
    return f"{sign}{abs(duration.seconds)}{_fraction(abs(duration.nanos))}s"


def _nanos(fraction: str | None) -> int:
    return int(fraction.ljust(9, "0")) if fraction else 0


def _fraction(nanos: int) -> str:
    if not nanos:
        return ""
    if nanos % 1000:
        return f".{nanos:09}"
    return f".{nanos // 1000:06}" if nanos % 1_000_000 else f".{nanos // 1_000_000:03}"


def parse_mask(value: Any) -> field_mask_pb2.FieldMask:
    """Field paths with commas between them; an array of them is understood too."""
    items = value if isinstance(value, list) else scalars.parse_text(value).split(",")
    paths = [scalars.parse_text(item).strip() for item in items if item != ""]
    if not all(_PATH.fullmatch(path) for path in paths):
        raise Wrong("WRONG_FORMAT", expected="field names with commas between them")
    return field_mask_pb2.FieldMask(paths=[_snake(path) for path in paths])


def _snake(path: str) -> str:
    return re.sub(r"[A-Z]", lambda found: "_" + found[0].lower(), path)


def render_mask(mask: field_mask_pb2.FieldMask) -> str:
    """Field paths with commas between them."""
    return ",".join(mask.paths)


def parse_struct(value: Any, level: int = 0) -> struct_pb2.Struct:
    """Any JSON object."""
    if not isinstance(value, dict):
        raise Wrong("WRONG_TYPE", expected="an object", found=json_kind(value))
    return struct_pb2.Struct(fields={k: parse_value(v, level + 1) for k, v in value.items()})


def parse_list(value: Any, level: int = 0) -> struct_pb2.ListValue:
    """Any JSON array."""
    if not isinstance(value, list):
        raise Wrong("WRONG_TYPE", expected="an array", found=json_kind(value))
    return struct_pb2.ListValue(values=[parse_value(item, level + 1) for item in value])


def parse_value(value: Any, level: int = 0) -> struct_pb2.Value:
    """Any JSON at all, to a depth of 30."""
    if level > _DEEPEST:
        raise Wrong("TOO_DEEP", most=_DEEPEST)
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, (int, float)):
        return struct_pb2.Value(number_value=scalars.parse_double(value))
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, dict):
        return struct_pb2.Value(struct_value=parse_struct(value, level))
    return struct_pb2.Value(list_value=parse_list(value, level))


def render_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """A JSON object."""
    return {key: render_value(value) for key, value in struct.fields.items()}


def render_list(items: struct_pb2.ListValue) -> list[Any]:
    """A JSON array."""
    return [render_value(item) for item in items.values]


def render_value(value: struct_pb2.Value) -> Any:
    """JSON; whole numbers without a decimal point."""
    kind = value.WhichOneof("kind")
    if kind == "number_value":
        return _render_number(value.number_value)
    if kind == "struct_value":
        return render_struct(value.struct_value)
    if kind == "list_value":
        return render_list(value.list_value)
    return getattr(value, kind) if kind in ("string_value", "bool_value") else None


def _render_number(number: float) -> int | float | str:
    exact = number.is_integer() and abs(number) < 2**53 and str(number) != "-0.0"
    return int(number) if exact else scalars.render_double(number)


def _parse_empty(value: Any) -> empty_pb2.Empty:
    if value == {}:
        return empty_pb2.Empty()
    raise Wrong("WRONG_TYPE", expected="an empty object", found=json_kind(value))


def _wrapper(kind: type[Message]) -> tuple[Convert, Convert]:
    field: Any = kind.DESCRIPTOR.fields_by_name["value"]
    parse, render = scalars.parser(field), scalars.renderer(field)

    def parse_wrapper(value: Any) -> Message:
        return kind(value=parse(value))

    def render_wrapper(message: Any) -> Any:
        return render(message.value) if render else message.value

    return parse_wrapper, render_wrapper


_WRAPPERS: tuple[type[Message], ...] = (
    wrappers.BoolValue,
    wrappers.BytesValue,
    wrappers.DoubleValue,
    wrappers.FloatValue,
    wrappers.Int32Value,
    wrappers.Int64Value,
    wrappers.StringValue,
    wrappers.UInt32Value,
    wrappers.UInt64Value,
)

_FORMS: dict[str, tuple[Convert, Convert]] = {
    "google.protobuf.Timestamp": (parse_timestamp, render_timestamp),
    "google.protobuf.Duration": (parse_duration, render_duration),
    "google.protobuf.FieldMask": (parse_mask, render_mask),
    "google.protobuf.Struct": (parse_struct, render_struct),
    "google.protobuf.ListValue": (parse_list, render_list),
    "google.protobuf.Value": (parse_value, render_value),
    "google.protobuf.Empty": (_parse_empty, lambda _: {}),
    **{kind.DESCRIPTOR.full_name: _wrapper(kind) for kind in _WRAPPERS},
}


def forms(message: Descriptor) -> tuple[Convert, Convert] | None:
    """How this message type is parsed and rendered, if it has a form of its own."""
    return _FORMS.get(message.full_name)
