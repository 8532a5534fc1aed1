"""Paths find their methods; templates that cannot be served are told at start-up."""

from __future__ import annotations

import pytest

from gateway.contract import Contract, ContractError
from gateway.routing import Router, field_at, routes
from tests import trial

ROUTES = routes(Contract.of(trial.image()))
ROUTER = Router((route, route.method.name) for route in ROUTES)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/trial/v1/things", ({"POST": "CreateThing", "GET": "ListThings"}, [])),
        (
            "/trial/v1/things/thing_na_1",
            ({"GET": "GetThing", "PATCH": "UpdateThing", "DELETE": "DeleteThing"}, ["thing_na_1"]),
        ),
        ("/trial/v1/things/x:paint", ({"POST": "PaintThing"}, ["x"])),
        ("/trial/v1/things/a:b:paint", ({"POST": "PaintThing"}, ["a:b"])),
        ("/trial/v1/things/x:unheard", ({"GET": "GetThing"}, ["x:unheard"])),
        ("/trial/v1/things/x/parts", ({"GET": "ListParts"}, ["x"])),
        ("/trial/v1/things:import", ({"POST": "ImportThings"}, [])),
        ("/trial/v1:greet", ({"POST": "Greet"}, [])),
        ("/trial/v1/things/", None),
        ("/trial/v1/things/:paint", None),
        ("/trial/v1/things//parts", None),
        ("/trial/v1", None),
        ("/", None),
        ("", None),
    ],
)
def test_a_path_finds_its_methods(
    path: str, found: tuple[dict[str, str], list[str]] | None
) -> None:
    result = ROUTER.find(path)
    if found is None:
        assert result is None
        return
    assert result is not None
    assert found[0].items() <= result[0].items()
    assert result[1] == found[1]


def test_two_methods_may_not_have_the_same_route() -> None:
    with pytest.raises(ContractError, match="route of two methods"):
        Router((route, 0) for route in [*ROUTES, ROUTES[0]])


def test_a_field_is_found_by_its_path() -> None:
    update = trial.message("UpdateThingRequest").DESCRIPTOR
    found = field_at(update, "thing.part.label")
    assert found is not None
    assert found.full_name == "meridian.trial.v1.Part.label"
    assert field_at(update, "thing.parts.label") is None
    assert field_at(update, "thing.nothing") is None
