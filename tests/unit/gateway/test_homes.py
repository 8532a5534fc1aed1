"""The first id in a path tells the region; a table says what is different for some methods."""

from __future__ import annotations

import pytest

from gateway.contract import installed
from gateway.homes import Homes, Policy, born_in
from gateway.placements import Placements
from gateway.routing import Route, routes
from gateway.span import list_of

TAIL = "01jf8r5s7q9v2x4z6b8d0f1h3k"
ROUTES = {f"{route.verb} {route.template}": route for route in routes(installed())}
POLICY = Policy.written()
HERE, THERE = f"acct_na_{TAIL}", f"acct_emea_{TAIL}"
GET, BELOW = "GET /sales/v1/accounts/{id}", "GET /sales/v1/accounts/{account_id}/contacts"


def homes(**placed: str) -> Homes:
    known = {"here": HERE, "there": THERE}
    by_id = {known[name]: region for name, region in placed.items()}
    return Homes("na", ["emea", "apac"], POLICY, Placements(lambda each: by_id.get(each, "")))


@pytest.mark.parametrize(
    ("route", "record_id", "placed", "expected"),
    [
        (GET, HERE, {}, ""),
        (GET, HERE, {"here": "emea"}, ""),
        (BELOW, HERE, {"here": "emea"}, "emea"),
        (GET, THERE, {}, "emea"),
        (GET, THERE, {"there": "apac"}, "apac"),
        (GET, THERE, {"there": "na"}, ""),
        (GET, f"acct_mars_{TAIL}", {}, ""),
        (GET, "acct_emea_short", {}, ""),
        ("GET /sales/v1/products/{id}", f"prod_emea_{TAIL}", {}, ""),
    ],
)
def test_who_is_asked_first(
    route: str, record_id: str, placed: dict[str, str], expected: str
) -> None:
    assert homes(**placed).before(ROUTES[route], [record_id]) == expected


def test_the_first_of_several_ids_decides() -> None:
    route = ROUTES["GET /service/v1/cases/{case_id}/messages/{id}"]

    assert homes().before(route, [f"case_apac_{TAIL}", f"msg_emea_{TAIL}"]) == "apac"


def test_without_other_regions_everything_is_here() -> None:
    alone = Homes("na", [], POLICY, Placements(lambda _: "emea"))

    assert alone.before(ROUTES[GET], [THERE]) == ""


def test_an_id_tells_where_it_was_born() -> None:
    assert (born_in(THERE), born_in("sales_manager"), born_in("a_b_c")) == ("emea", "", "")


@pytest.mark.parametrize("pattern", [*POLICY.refused, *POLICY.here_first])
def test_every_line_of_the_table_is_about_some_method(pattern: str) -> None:
    only = Policy(refused=(pattern,))

    assert any(only.refuses(route) for route in ROUTES.values())


def test_nothing_of_directory_is_changed_from_outside() -> None:
    changing = [
        route
        for route in ROUTES.values()
        if route.service == "directory" and route.verb != "GET" and "{" in route.template
    ]

    assert [route.full_method for route in changing if not POLICY.refuses(route)] == []


@pytest.mark.parametrize(
    ("route", "spans"),
    [
        ("GET /sales/v1/accounts", True),
        ("GET /marketing/v1/leads", True),
        (BELOW, False),
        ("GET /marketing/v1/attributions", False),
        ("GET /service/v1/articles:search", False),
        ("POST /sales/v1/accounts", False),
    ],
)
def test_lists_of_records_span_regions(route: str, spans: bool) -> None:
    found: Route = ROUTES[route]
    assert bool(list_of(found)) is spans
