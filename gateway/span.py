"""What a client asks for that lists the records of several regions: `?regions=all` or `?regions=na,emea`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl, urlencode

from google.protobuf.descriptor import Descriptor

from chassis.errors import Invalid
from gateway.merging import Position
from gateway.ordering import Ordering, usual_order
from gateway.routing import Route
from gateway.scalars import whole_parser
from gateway.wrong import Wrong

PARAMETER = "regions"
_EVERY = "all"
_USUAL_SIZE, LONGEST_PAGE = 50, 200
_PARSE_SIZE = whole_parser((0, LONGEST_PAGE))
_PAGING = ("page_size", "page_token", "filter", "order_by")
#: What a page of this list is asked for in each region, instead of what the client sent.
_OWN = ("page_size", "page_token", "order_by", PARAMETER)


@dataclass(frozen=True)
class Held:
    """The field of an answer that holds the records of a list, and their type."""

    name: str
    item: Descriptor


@cache
def list_of(route: Route) -> Held | None:
    """Where a list's answer holds its records, if the list can span regions.

    What hangs below one record cannot: it is where that record is.
    """
    if route.verb != "GET" or route.variables or not set(_PAGING) <= set(route.request_fields):
        return None
    held = [field for field in route.method.output_type.fields if field.is_repeated]
    if len(held) != 1 or held[0].message_type is None:
        return None
    item = held[0].message_type
    return Held(held[0].name, item) if "id" in item.fields_by_name else None


def regions_in(query: str) -> str | None:
    """The value of the parameter, the last if it is there more than once; None if it is not there."""
    if f"{PARAMETER}=" not in query:
        return None
    return dict(parse_qsl(query, keep_blank_values=True)).get(PARAMETER)


@dataclass(frozen=True)
class Span:
    """One page of a list across regions."""

    held: Held
    regions: Sequence[str]
    position: Position
    size: int
    ordering: Ordering
    order_by: str
    others: tuple[tuple[str, str], ...]
    """Filter and whatever else the method takes."""
    bound_to: str
    """What a page token belongs to."""

    @classmethod
    def of(cls, query: str, held: Held, known: Sequence[str]) -> Span:
        """known: this region and its peers. Raises Invalid for what cannot be understood."""
        pairs = parse_qsl(query, keep_blank_values=True)
        _check_once([name for name, _ in pairs])
        sent = dict(pairs)
        regions = _regions(sent[PARAMETER], known)
        order_by = sent.get("order_by") or usual_order(held.item)
        others = tuple(pair for pair in pairs if pair[0] not in _OWN)
        bound_to = f"{held.item.full_name} {sorted(others)} {order_by} {regions}"
        return cls(
            held,
            regions,
            Position.read(sent.get("page_token", ""), bound_to, regions),
            _size(sent.get("page_size", "")),
            Ordering(order_by, held.item),
            order_by,
            others,
            bound_to,
        )

    def query(self, token: str, size: int) -> str:
        """The query for one region's page."""
        paging = [("order_by", self.order_by), ("page_size", str(size)), ("page_token", token)]
        return urlencode([*self.others, *paging])

    def next_page_token(self, position: Position) -> str:
        """The token that goes on from there."""
        return position.written(self.bound_to)


def _check_once(names: Sequence[str]) -> None:
    """Raises Invalid(INVALID_FIELDS) for what is there twice and can have one value only."""
    twice = [name for name in (*_PAGING, PARAMETER) if names.count(name) > 1]
    if twice:
        raise Invalid.fields([each for name in twice for each in Wrong("FIELD_TWICE").under(name)])


def _regions(text: str, known: Sequence[str]) -> list[str]:
    named = {name.strip() for name in text.split(",")}
    for name in sorted(named - {_EVERY}):
        if name not in known:
            raise Invalid(
                "REGION_UNKNOWN", field=PARAMETER, name=name, known=", ".join(sorted(known))
            )
    return sorted(known if _EVERY in named else named)


def _size(text: str) -> int:
    if not text:
        return _USUAL_SIZE
    try:
        return int(_PARSE_SIZE(text)) or _USUAL_SIZE
    except Wrong as wrong:
        raise Invalid.fields(wrong.under("page_size")) from None
