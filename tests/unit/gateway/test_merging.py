"""Merged pages are the sorted union of the regions' lists: nothing twice, nothing missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid
from gateway.contract import Contract
from gateway.merging import Position, RegionPage, merged, taken
from gateway.ordering import Key, Ordering, Record, usual_order
from tests import trial

REGIONS = ("apac", "emea", "na")
Contract.of(trial.image())
THING = trial.message("Thing").DESCRIPTOR
BY_NAME = Ordering("name desc", THING)

lists = st.fixed_dictionaries(
    {region: st.lists(st.text("abé", max_size=2), max_size=12) for region in REGIONS}
)


class Region:
    """A region's list, which it pages through by key, with pages no longer than it likes."""

    def __init__(self, region: str, names: list[str], key: Callable[[Record], Key]) -> None:
        things = [
            {"id": f"thing_{region}_{number}", "name": name} for number, name in enumerate(names)
        ]
        self.rows = sorted(things, key=key)

    def page(self, token: str, size: int) -> RegionPage:
        start = int(token or 0)
        rest = self.rows[start + size :]
        return RegionPage(self.rows[start : start + size], str(start + size) if rest else "")


def next_page(
    regions: dict[str, Region], position: Position, size: int, longest: int
) -> tuple[list[Record], Position]:
    """What the gateway does: look ahead, count, and take just these rows."""
    asked = min(size, longest)
    ahead = {name: regions[name].page(token, asked) for name, token in position.live.items()}
    counts = taken(ahead, BY_NAME.key, size)
    exact = {
        name: regions[name].page(position.live[name], count)
        for name, count in counts.items()
        if count
    }
    tokens: dict[str, str | None] = {
        name: exact[name].next_page_token if name in exact else position.live[name]
        for name in counts
        if name not in exact or exact[name].next_page_token
        if ahead[name].rows
    }
    rows = merged({name: page.rows for name, page in exact.items()}, BY_NAME.key)
    return rows, Position(tokens)


@given(lists, st.integers(1, 7), st.integers(1, 7))
def test_the_pages_are_the_sorted_union(
    names: dict[str, list[str]], size: int, longest: int
) -> None:
    regions = {name: Region(name, names[name], BY_NAME.key) for name in REGIONS}
    met: list[Record] = []
    position = Position.read("", "list", REGIONS)
    for _ in range(sum(map(len, names.values())) + 1):
        rows, position = next_page(regions, position, size, longest)
        assert len(rows) <= size
        met += rows
        token = position.written("list")
        if not token:
            break
        position = Position.read(token, "list", REGIONS)

    everything = [row for region in regions.values() for row in region.rows]
    assert met == sorted(everything, key=BY_NAME.key)


def test_nothing_is_taken_before_a_region_has_shown_its_next_row() -> None:
    pages = {"na": RegionPage([{"id": "thing_na_1", "name": "b"}], ""), "emea": RegionPage([], "1")}

    assert taken(pages, BY_NAME.key, 3) == {"na": 0, "emea": 0}


def test_a_region_that_has_more_stops_the_page_where_its_rows_run_out() -> None:
    pages = {
        "emea": RegionPage([{"id": "1", "name": "c"}], "more"),
        "na": RegionPage([{"id": "2", "name": "d"}, {"id": "3", "name": "a"}], ""),
    }

    assert taken(pages, BY_NAME.key, 50) == {"emea": 1, "na": 1}


def test_a_record_that_two_regions_give_stands_once() -> None:
    there, other = {"id": "1", "name": "c"}, {"id": "2", "name": "b"}
    here = {"id": "1", "name": "a"}

    assert merged({"emea": [there, other], "na": [there]}, BY_NAME.key) == [there, other]
    assert merged({"emea": [there, other], "na": [here]}, BY_NAME.key) == [there, other]


@pytest.mark.parametrize(
    ("order_by", "records"),
    [
        ("name", [{"name": "A"}, {"name": "B"}, {"name": "a"}, {"name": "é"}]),
        ("large desc", [{"large": "10"}, {"large": "9"}, {"large": "-1"}]),
        ("ready desc, small", [{"ready": True, "small": 9}, {"ready": False, "small": 1}]),
        (
            "create_time",
            [
                {"create_time": "2026-01-01T00:00:05Z"},
                {"create_time": "2026-01-01T00:00:05.123Z"},
                {"create_time": "2026-01-01T00:00:06Z"},
                {},
            ],
        ),
        ("create_time desc", [{"create_time": "2026-01-01T00:00:05Z"}, {}]),
        ("price_minor desc", [{"price": {"amount_minor": "10"}}, {"price": {"amount_minor": "9"}}]),
        ("colour", [{"colour": "COLOUR_BLUE"}, {"colour": "COLOUR_RED"}]),
    ],
)
def test_the_order_is_that_of_the_list(order_by: str, records: list[dict[str, Any]]) -> None:
    ordering = Ordering(order_by, THING)
    whole = [record | {"id": str(number)} for number, record in enumerate(records)]

    backwards = whole[::-1]
    assert sorted(backwards, key=ordering.key) == whole


def test_equal_records_are_ordered_by_id_in_the_direction_of_the_last_field() -> None:
    same = [{"id": "1", "name": "x"}, {"id": "2", "name": "x"}]

    assert sorted(same, key=BY_NAME.key) == same[::-1]
    assert sorted(same, key=Ordering("name", THING).key) == same


def test_the_usual_order_is_the_newest_first() -> None:
    assert usual_order(THING) == "create_time desc"
    assert usual_order(trial.message("Part").DESCRIPTOR) == "id"


@pytest.mark.parametrize("name", ["tags", "part", "secret", "secret_minor", "lasted"])
def test_a_field_that_cannot_be_merged_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        Ordering(f"{name} desc", THING)

    assert refused.value.violations[0].field == "order_by"
    assert refused.value.params["name"] == name


@pytest.mark.parametrize("token", ["x", "!!!", "WzEsMl0", "x" * 5000])
def test_a_token_of_something_else_is_refused(token: str) -> None:
    with pytest.raises(Invalid, match="PAGE_TOKEN_INVALID"):
        Position.read(token, "list", REGIONS)


def test_a_token_belongs_to_its_list_and_its_regions() -> None:
    token = Position({"na": "a", "emea": None}).written("list")

    assert Position.read(token, "list", REGIONS) == Position({"na": "a", "emea": None})
    for other in (("another list", REGIONS), ("list", ("na",))):
        with pytest.raises(Invalid, match="PAGE_TOKEN_INVALID"):
            Position.read(token, *other)


def test_a_list_ends_when_no_region_that_answers_has_more() -> None:
    assert Position({"emea": None}).written("list") == ""
    assert Position({}).written("list") == ""
