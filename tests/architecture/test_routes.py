"""Every method of every service has a permission and a route that leads to it and nowhere else."""

from __future__ import annotations

import re

import pytest

from gateway.binding import Binder
from gateway.contract import installed
from gateway.labels import enums, label
from gateway.routing import Route, Router, routes
from gateway.transcoding import Codecs

CONTRACT = installed()
ROUTES = routes(CONTRACT)
PERMISSION = re.compile(r"[a-z]+\.[a-z_]+\.[a-z_]+|public|signed-in")


def test_every_method_has_a_route() -> None:
    methods = {method.full_name for service in CONTRACT.services for method in service.methods}
    assert {route.method.full_name for route in ROUTES} == methods


def test_every_route_leads_to_its_own_method() -> None:
    router = Router((route, route) for route in ROUTES)
    for route in ROUTES:
        path = re.sub(r"\{[^}]*\}", "some-id", route.template)
        found = router.find(path)
        assert found is not None, route.template
        assert found[0][route.verb] is route
        assert found[1] == ["some-id"] * len(route.variables)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.verb} {route.template}")
def test_every_route_is_permissioned_and_of_its_service(route: Route) -> None:
    assert PERMISSION.fullmatch(route.permission)
    assert route.template.startswith(f"/{route.service}/v1/")


def test_every_message_can_be_transcoded() -> None:
    codecs = Codecs()
    for route in ROUTES:
        Binder(route, codecs)
        codecs.of(route.method.output_type)


def test_every_enum_value_has_a_label_in_both_languages() -> None:
    bare = [
        f"{enum.full_name}.{value.name} {language}"
        for enum in enums(CONTRACT)
        for value in enum.values
        for language in ("en", "zh")
        if value.number != 0 and label(value, language) == value.name
    ]
    assert bare == []
