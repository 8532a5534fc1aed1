"""The dashboards as Grafana would ask them: variables filled in, every query sent to a real Prometheus."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.settings import SERVICES
from tests.monitoring.prometheus import Prometheus

FOLDER = Path(__file__).parents[2] / "deploy" / "monitoring" / "dashboards"
#: What stands for Grafana's $__rate_interval.
_RATE_INTERVAL = "30s"
#: The service whose figures stand for all in a picture.
EXAMPLE = "marketing"

#: A dashboard as its file has it.
Board = dict[str, Any]


@dataclass(frozen=True)
class Query:
    """One query of a panel, ready to be sent; legend is Grafana's, with {{label}}."""

    dashboard: str
    panel: str
    expression: str
    legend: str


def load() -> list[Board]:
    """All dashboards."""
    return [json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))]


def queries(dashboard: Board, panel: dict[str, Any], service: str) -> list[Query]:
    """The queries of a panel for all regions and one service."""
    return [
        Query(
            dashboard["title"],
            panel["title"],
            _filled_in(target["expr"], service),
            target["legendFormat"],
        )
        for target in panel["targets"]
    ]


def without_data(boards: Iterable[Board], prometheus: Prometheus) -> list[Query]:
    """The queries that Prometheus answers with nothing, for any service."""
    return [query for query in _all(boards) if not _has_numbers(prometheus.query(query.expression))]


def number_of_queries(boards: Iterable[Board]) -> int:
    """How many there are, those of one service counted once for each."""
    return len(set(_all(boards)))


def _all(boards: Iterable[Board]) -> Iterator[Query]:
    for dashboard in boards:
        services: Sequence[str] = SERVICES if _asks_for_a_service(dashboard) else (EXAMPLE,)
        for panel in dashboard["panels"]:
            for service in services:
                yield from queries(dashboard, panel, service)


def _asks_for_a_service(dashboard: Board) -> bool:
    return any(variable["name"] == "service" for variable in dashboard["templating"]["list"])


def _filled_in(expression: str, service: str) -> str:
    """With what Grafana puts in the place of its variables; "All" regions are ".*"."""
    for name, value in (
        ("$__rate_interval", _RATE_INTERVAL),
        ("$region", ".*"),
        ("$service", service),
    ):
        expression = expression.replace(name, value)
    return expression


def _has_numbers(result: list[dict[str, Any]]) -> bool:
    return any(not math.isnan(float(sample["value"][1])) for sample in result)
