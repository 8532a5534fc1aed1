"""Lists as files: all pages of a list in one CSV (RFC 4180), a column for each field and each extension field."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import orjson
import sqlalchemy as sa
from google.api import httpbody_pb2
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from chassis.app import App
from chassis.call import Call
from chassis.descriptors import extensions_of
from chassis.extensions.filters import PREFIX
from chassis.listing import LONGEST_PAGE, Listing
from chassis.records.encoding import to_protos

#: Characters that make a spreadsheet take a cell for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_Column = tuple[str, Callable[[Any], Any]]


class ExportRequest(Protocol):
    """What every Export request has."""

    filter: str
    order_by: str


@dataclass
class _Query:
    filter: str
    order_by: str
    page_token: str = ""
    page_size: int = LONGEST_PAGE


def export(
    app: App,
    call: Call,
    request: ExportRequest,
    listing: Listing,
    kind: type[Message],
    messages: Callable[[Sequence[sa.Row[Any]]], Sequence[Message]] | None = None,
) -> Iterator[httpbody_pb2.HttpBody]:
    """What the caller may see of a list, a part for each page.

    `messages` makes messages of `kind` of rows, where that is more than taking over their columns.
    Errors: those of the list.
    """
    read = messages or partial(to_protos, message_type=kind)
    query = _Query(request.filter, request.order_by)
    with app.reading(call) as tx:
        page = listing.page(tx, query)
        names = list(tx.declarations.of(tx, listing.extensions)) if listing.extensions else []
    columns = _columns(kind.DESCRIPTOR)
    yield part([[*(name for name, _ in columns), *(PREFIX + name for name in names)]])
    while True:
        yield part([_line(message, columns, names) for message in read(page.rows)])
        if not page.next_page_token:
            return
        query = replace(query, page_token=page.next_page_token)
        with app.reading(call) as tx:
            page = listing.page(tx, query)


def part(rows: Sequence[Sequence[object]]) -> httpbody_pb2.HttpBody:
    """Some rows of a CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return httpbody_pb2.HttpBody(
        content_type="text/csv; charset=utf-8", data=text.getvalue().encode()
    )


def inert(cell: str) -> str:
    """A cell that a spreadsheet shows instead of running it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _line(message: Any, columns: Sequence[_Column], names: Sequence[str]) -> list[object]:
    cells = [value(message) for _, value in columns]
    given = orjson.loads(message.extensions or "{}") if names else {}
    cells += [_written(given.get(name)) for name in names]
    return [inert(cell) if isinstance(cell, str) else cell for cell in cells]


def _columns(kind: Any) -> list[_Column]:
    columns: list[_Column] = []
    for field in kind.fields:
        if extensions_of(field):
            continue
        if field.message_type is not None and field.message_type.name == "Money":
            columns += [_inside(field, "amount_minor"), _inside(field, "currency")]
        else:
            columns.append((field.name, _reader(field)))
    return columns


def _inside(field: FieldDescriptor, name: str) -> _Column:
    def value(message: Any) -> Any:
        return getattr(getattr(message, field.name), name) if message.HasField(field.name) else ""

    return f"{field.name}_{name.removeprefix('amount_')}", value


def _reader(field: FieldDescriptor) -> Callable[[Any], Any]:
    """How a field is written: an enum as its name, a time as RFC 3339, what has parts as JSON."""
    kind, name = field.message_type, field.name
    if field.enum_type is not None and not field.is_repeated:
        names = {number: each.name for number, each in field.enum_type.values_by_number.items()}
        return lambda message: names[getattr(message, name)] if getattr(message, name) else ""
    if kind is not None and kind.full_name == "google.protobuf.Timestamp":
        return lambda message: (
            getattr(message, name).ToJsonString() if message.HasField(name) else ""
        )
    if kind is not None or field.is_repeated:
        return lambda message: _written(
            json_format.MessageToDict(message, preserving_proto_field_name=True).get(name)
        )
    return lambda message: _written(getattr(message, name))


def _written(value: Any) -> Any:
    """A JSON value in a cell; several texts with ";" between them, as an import reads them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ";".join(value)
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else value
