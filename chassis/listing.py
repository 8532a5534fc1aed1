"""Lists: filter, order and pages over the fields that a slice declares.

    LISTING = Listing(leads, fields=("state", "company", "create_time"), default_order="create_time desc")

    page = LISTING.page(tx, request)      # page.rows, page.next_page_token

Pages go by key, not by offset: the token holds the order's values of the last row, and is bound to the
filter and the order it was made for. Every list ends with the id, so that no row is met twice or missed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

import sqlalchemy as sa

from chassis import opaque
from chassis.app import Transaction
from chassis.descriptors import enum_choices
from chassis.errors import Invalid
from chassis.extensions import filters as extension_filters
from chassis.filters import compile_filter, typed_value
from chassis.prepared import Prepared
from chassis.tables import visible

DEFAULT_PAGE = 50
#: What the field rule of every list's page_size allows (ADR 0107).
LONGEST_PAGE = 200


#: By what a list is ordered: each field's name, its column, and whether it goes down.
_Order = list[tuple[str, sa.ColumnElement[Any], bool]]


class ListRequest(Protocol):
    """What every List request has."""

    page_size: int
    page_token: str
    filter: str
    order_by: str


@dataclass(frozen=True)
class Page:
    """One page of rows, and the token of the next; empty on the last."""

    rows: Sequence[Any]
    next_page_token: str


class Listing:
    """A list over one table (or a query with an id): which fields can be filtered and ordered by, and the usual order.

    The fields are columns' names; one that a long table is ordered by must be indexed. Rows without a value
    (NULL) come last, up and down. `extensions` names the resource whose extension fields can be filtered by too.
    """

    def __init__(
        self,
        table: sa.FromClause,
        *,
        fields: Sequence[str],
        default_order: str,
        extensions: str = "",
    ) -> None:
        self.table = table
        self.extensions = extensions
        self.fields: Mapping[str, sa.ColumnElement[Any]] = {name: table.c[name] for name in fields}
        self.default_order = default_order

    def page(
        self, tx: Transaction, request: ListRequest, *conditions: sa.ColumnElement[bool]
    ) -> Page:
        """The rows that the caller may see and that fulfil the filter and these conditions.

        Errors: Invalid with FILTER_…, ORDER_FIELD_UNKNOWN or PAGE_TOKEN_INVALID.
        """
        order = self._order(request.order_by or self.default_order)
        size = request.page_size or DEFAULT_PAGE
        sight = visible(tx, self.table)
        asks_more = request.filter or request.order_by or request.page_token or conditions
        is_plain = isinstance(self.table, sa.Table) and isinstance(sight, sa.True_)
        if asks_more or not is_plain:
            statement = self._statement(tx, request, order).where(sight, *conditions)
            rows: Sequence[Any] = tx.execute(statement, {"size": size + 1}).all()
        else:
            rows = self._first_page.rows(tx.connection, {"size": size + 1})
        if len(rows) <= size:
            return Page(rows, "")
        last = rows[size - 1]
        values = [last[last._fields.index(name)] for name, _, _ in order]
        return Page(rows[:size], _token(request, values))

    @cached_property
    def _first_page(self) -> Prepared:
        """The first rows in the usual order, for those who see all of them."""
        return Prepared(_in_order(sa.select(self.table), self._order(self.default_order)))

    def _statement(self, tx: Transaction, request: ListRequest, order: _Order) -> sa.Select[Any]:
        statement = _in_order(sa.select(self.table), order)
        if request.filter:
            statement = statement.where(self._filtered(tx, request.filter))
        if request.page_token:
            statement = statement.where(self._after(request, order))
        return statement

    def _filtered(self, tx: Transaction, text: str) -> sa.ColumnElement[bool]:
        """The condition of a filter. Declarations are read only for one that names more than the usual fields."""
        choices = enum_choices(*[each.descriptor for each in tx.service.servicers])
        try:
            return compile_filter(text, self.fields, choices)
        except Invalid as error:
            if not self.extensions or error.reason != "FILTER_FIELD_UNKNOWN":
                raise
        declared = extension_filters.fields(tx, self.extensions, self.table.c.id)
        return compile_filter(text, {**self.fields, **declared}, choices)

    def _order(self, text: str) -> _Order:
        order = []
        for part in text.split(","):
            name, _, direction = part.strip().partition(" ")
            column = self.fields.get(name)
            if column is None or direction.strip() not in ("", "asc", "desc"):
                allowed = ", ".join(sorted(self.fields))
                raise Invalid(
                    "ORDER_FIELD_UNKNOWN", field="order_by", name=part.strip(), allowed=allowed
                )
            order.append((name, column, direction.strip() == "desc"))
        return [*order, ("id", self.table.c.id, order[-1][2])]

    def _after(self, request: ListRequest, order: _Order) -> sa.ColumnElement[bool]:
        literals = _read_token(request, len(order))
        values = [
            None if literal is None else typed_value(name, column, literal, "page_token")
            for (name, column, _), literal in zip(order, literals, strict=True)
        ]
        alternatives = []
        for position, (_, column, down) in enumerate(order):
            equal = [_equals(order[before][1], values[before]) for before in range(position)]
            alternatives.append(sa.and_(*equal, _beyond(column, values[position], down)))
        return sa.or_(*alternatives)


def _in_order(statement: sa.Select[Any], order: _Order) -> sa.Select[Any]:
    keys = [key for _, column, down in order for key in _sort_keys(column, down)]
    return statement.order_by(*keys).limit(sa.bindparam("size", type_=sa.Integer))


def _nullable(column: sa.ColumnElement[Any]) -> bool:
    return isinstance(column, sa.Column) and bool(column.nullable)


def _sort_keys(column: sa.ColumnElement[Any], down: bool) -> list[sa.ColumnElement[Any]]:
    key = column.desc() if down else column
    return [sa.case((column.is_(None), 1), else_=0), key] if _nullable(column) else [key]


def _equals(column: sa.ColumnElement[Any], value: Any) -> sa.ColumnElement[bool]:
    return column.is_(None) if value is None else column == value


def _beyond(column: sa.ColumnElement[Any], value: Any, down: bool) -> sa.ColumnElement[bool]:
    if value is None:
        return sa.false()
    bound = sa.literal(value, column.type)  # SQLAlchemy orders no plain true or false
    beyond: sa.ColumnElement[bool] = column < bound if down else column > bound
    return sa.or_(beyond, column.is_(None)) if _nullable(column) else beyond


def _digest(request: ListRequest) -> str:
    bound = f"{request.filter}\n{request.order_by}".encode()
    return hashlib.blake2b(bound, digest_size=6).hexdigest()


def _token(request: ListRequest, values: list[Any]) -> str:
    return opaque.written([_digest(request), *map(_text, values)])


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _read_token(request: ListRequest, length: int) -> list[str | None]:
    try:
        digest, *texts = opaque.read(request.page_token)
    except ValueError:
        raise Invalid("PAGE_TOKEN_INVALID", field="page_token") from None
    if digest != _digest(request) or len(texts) != length:
        raise Invalid("PAGE_TOKEN_INVALID", field="page_token")
    return texts
