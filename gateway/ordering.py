"""The order of a list, found again from the JSON of its records: what `order_by` means to a merge.

It follows chassis.listing: fields up or down, then the id in the direction of the last; records
without a value come last either way. Texts are compared by code point, as the databases do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import total_ordering
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from chassis.descriptors import extensions_of
from chassis.errors import Invalid
from gateway.well_known import parse_timestamp

Record = dict[str, Any]
Read = Callable[[Record], Any]
#: Sorts as the record does.
Key = tuple[Any, ...]

_TIMESTAMP = "google.protobuf.Timestamp"
_MONEY = "meridian.type.v1.Money"
_WHOLE = {
    FieldDescriptor.TYPE_INT64,
    FieldDescriptor.TYPE_UINT64,
    FieldDescriptor.TYPE_SINT64,
    FieldDescriptor.TYPE_FIXED64,
    FieldDescriptor.TYPE_SFIXED64,
}


class Ordering:
    """One order of records of one type."""

    def __init__(self, order_by: str, item: Descriptor) -> None:
        """Raises Invalid(ORDER_NOT_ACROSS_REGIONS) for a field that the records do not show."""
        self._fields: list[tuple[Read, bool]] = []
        down = False
        for part in order_by.split(","):
            name, _, direction = part.strip().partition(" ")
            down = direction.strip() == "desc"
            self._fields.append((_reader(name, item), down))
        self._fields.append((lambda record: record["id"], down))

    def key(self, record: Record) -> Key:
        """What to sort the record by."""
        return tuple(_sortable(read(record), down) for read, down in self._fields)


def usual_order(item: Descriptor) -> str:
    """The order of a list across regions when none is asked for: the newest first, else by id."""
    return "create_time desc" if "create_time" in item.fields_by_name else "id"


@total_ordering
class _Down:
    """A value that sorts the other way round."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Down) and bool(self.value == other.value)

    def __lt__(self, other: _Down) -> bool:
        return bool(other.value < self.value)

    def __hash__(self) -> int:
        return hash(self.value)


def _sortable(value: Any, down: bool) -> tuple[Any, ...]:
    if value is None:
        return (1,)
    return (0, _Down(value) if down else value)


def _reader(name: str, item: Descriptor) -> Read:
    field = item.fields_by_name.get(name)
    if field is None and name.endswith("_minor"):
        return _money_reader(name, item)
    if field is None or field.is_repeated:
        raise _unknown(name, item)
    if field.message_type is not None:
        if field.message_type.full_name != _TIMESTAMP:
            raise _unknown(name, item)
        return lambda record: _moment(record.get(name))
    if field.enum_type is not None:
        prefix = field.enum_type.values[0].name.removesuffix("UNSPECIFIED")
        return lambda record: str(record[name]).removeprefix(prefix).lower()
    if field.type in _WHOLE:
        return lambda record: int(record[name])
    return lambda record: record.get(name)


def _money_reader(name: str, item: Descriptor) -> Read:
    money = name.removesuffix("_minor")
    field = item.fields_by_name.get(money)
    if field is None or field.message_type is None or field.message_type.full_name != _MONEY:
        raise _unknown(name, item)
    return lambda record: int(record[money]["amount_minor"]) if record.get(money) else None


def _moment(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    moment = parse_timestamp(text)
    return moment.seconds, moment.nanos


def _unknown(name: str, item: Descriptor) -> Invalid:
    known = [
        field.name
        for field in item.fields
        if not field.is_repeated
        and (field.message_type is None or field.message_type.full_name == _TIMESTAMP)
        and not (field.name == "etag" or extensions_of(field))
    ]
    return Invalid(
        "ORDER_NOT_ACROSS_REGIONS", field="order_by", name=name, allowed=", ".join(known)
    )
