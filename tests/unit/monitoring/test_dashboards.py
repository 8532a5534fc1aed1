"""Dashboards are such as Grafana takes, and ask for what exists. That each query finds something is
shown by `make monitoring-check`.
"""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.monitoring import dashboards
from tests.unit.monitoring.test_rules import RULES, exported

_SCHEMA = json.loads((Path(__file__).parent / "dashboard.schema.json").read_text())
_METRIC = re.compile(r"\b(?:meridian[_:]|process_|up\b|ALERTS\b)[\w:]*")
_VARIABLE = re.compile(r"\$(\w+)")
BOARDS = dashboards.load()


@pytest.fixture(params=BOARDS, ids=lambda board: board["uid"])
def board(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return found


def known() -> set[str]:
    """Our metrics, recorded series, and what Prometheus itself knows."""
    groups = [
        group
        for path in RULES.glob("*.yaml")
        for group in yaml.safe_load(path.read_text())["groups"]
    ]
    recorded = {rule["record"] for group in groups for rule in group["rules"] if "record" in rule}
    return exported() | recorded | {"up", "ALERTS"}


def test_there_is_one_of_each_kind() -> None:
    assert {board["uid"].removeprefix("meridian-") for board in BOARDS} == {
        path.stem for path in dashboards.FOLDER.glob("*.json")
    }
    kinds = ("overview", "service", "events", "business", "regions")
    assert {f"meridian-{kind}" for kind in kinds} == {board["uid"] for board in BOARDS}


def test_grafana_can_read_it(board: dict[str, Any]) -> None:
    jsonschema.validate(board, _SCHEMA)


def test_panels_have_their_own_numbers_and_places(board: dict[str, Any]) -> None:
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for one, other in itertools.combinations([panel["gridPos"] for panel in panels], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


def test_it_asks_for_metrics_that_exist_and_variables_that_it_has(board: dict[str, Any]) -> None:
    expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    variables = {variable["name"] for variable in board["templating"]["list"]}
    for expression in expressions:
        assert set(_METRIC.findall(expression)) - known() == set(), expression
        assert set(_VARIABLE.findall(expression)) <= variables | {"__rate_interval"}
