"""The course of a run: a real Prometheus watches while one thing after another goes wrong and right again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from cli.processes import wait_until
from tests.monitoring import dashboards, pictures
from tests.monitoring.prometheus import Alert, Labels, Prometheus, check_names, wait_for_scrapes
from tests.monitoring.shortened import FACTOR, shorten

#: Where Prometheus keeps what it has, in the folder of a course.
PROMETHEUS = "prometheus"
RULES = Path(__file__).parents[2] / "deploy" / "monitoring" / "rules"
_FIRE_SECONDS, _RESOLVE_SECONDS = 150.0, 150.0
_QUIET_SECONDS = 90.0
#: Seconds between two looks at what fires.
_PAUSE = 0.5

Place = TypeVar("Place")


@dataclass(frozen=True)
class Expected:
    """An alert that must fire, with this severity and among others these labels."""

    name: str
    severity: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def is_met_by(self, alerts: Sequence[Alert]) -> bool:
        """Whether it fires."""
        wanted = {"severity": self.severity, **self.labels}
        return any(
            alert.firing and alert.name == self.name and wanted.items() <= alert.labels.items()
            for alert in alerts
        )

    def __str__(self) -> str:
        labels = "".join(f" {value}" for value in self.labels.values())
        return f"{self.name} ({self.severity}{labels})"


@dataclass(frozen=True)
class Fault(Generic[Place]):
    """Something that goes wrong in a place as long as the block of `inject` runs."""

    name: str
    inject: Callable[[Place], AbstractContextManager[None]]
    expected: tuple[Expected, ...]
    afterwards: tuple[Expected, ...] = ()
    """Alerts that only its end makes fire."""
    fire_seconds: float = _FIRE_SECONDS
    """Within so many seconds every alert must fire; their thresholds in seconds are as they are."""

    @property
    def is_chosen(self) -> bool:
        """Whether it is to be gone through: all are, unless ONLY has a word of the name."""
        return _only().lower() in self.name.lower()


@dataclass(frozen=True)
class Course(Generic[Place]):
    """What is watched and done in one place."""

    place: Place
    folder: Path
    """Where rules, data and logs of Prometheus go."""
    targets: Mapping[str, Labels]
    """The labels of each process, by the address of its metrics."""
    faults: Sequence[Fault[Place]]
    load: Callable[[Place], AbstractContextManager[None]]
    """The traffic while its block runs."""
    boards: Sequence[dashboards.Board]
    """The dashboards of which every query must find something in the end, if all faults were gone through."""


def run(course: Course[Any]) -> bool:
    """Whether every expected alert fired and was over afterwards, and every dashboard had data."""
    rules = course.folder / "rules"
    shorten(RULES, rules)
    print(
        f"The rules run {FACTOR} times as fast as they are: every window and every waiting time is\n"
        f"shortened, one minute to {60 / FACTOR:g} s. Thresholds, also those in seconds, are as they are."
    )
    prometheus = Prometheus(course.folder / PROMETHEUS, rules, course.targets)
    try:
        prometheus.wait_until_ready()
        wait_for_scrapes(prometheus, len(course.targets), _QUIET_SECONDS)
        with course.load(course.place):
            return _go(course, prometheus)
    finally:
        prometheus.stop()


def _only() -> str:
    return os.environ.get("ONLY", "")


def _go(course: Course[Any], prometheus: Prometheus) -> bool:
    begin = time.time()
    quiet = wait_until(lambda: not _firing(prometheus), _QUIET_SECONDS, _PAUSE)
    unwanted = "" if quiet else f", BUT {', '.join(sorted(set(_firing(prometheus))))} FIRE"
    print(f"{len(course.targets)} processes are scraped{unwanted or ', no alert fires'}")
    results = [
        _go_through(fault, course.place, prometheus) for fault in course.faults if fault.is_chosen
    ]
    wrong = results.count(False) + (not quiet)
    print(f"\n{len(results)} faults in {time.time() - begin:.0f} s, {wrong} wrong")
    holds = _are_well_named(course.targets) and wrong == 0
    holds &= bool(_only()) or _have_data(course.boards, prometheus)
    if folder := os.environ.get("PICTURES"):
        span = pictures.Span(begin, time.time())
        drawn = pictures.draw(course.boards, prometheus, span, Path(folder))
        print("drawn: " + ", ".join(map(str, drawn)))
    return holds


def _are_well_named(targets: Mapping[str, Labels]) -> bool:
    """Have promtool look at the metrics of every process, and print what it minds."""
    minded = {address: found for address in targets if (found := check_names(address))}
    print(f"the metrics of {len(targets)} processes, {len(minded)} with names that promtool minds")
    for address, found in minded.items():
        print(f"  {address}: {found}")
    return not minded


def _have_data(boards: Sequence[dashboards.Board], prometheus: Prometheus) -> bool:
    """Send every query of these dashboards, and name those that find nothing."""
    empty = dashboards.without_data(boards, prometheus)
    number = dashboards.number_of_queries(boards)
    print(f"{number} queries of {len(boards)} dashboards, {len(empty)} without data")
    for query in empty:
        print(f"  {query.dashboard}, {query.panel}: {query.expression}")
    return not empty


def _go_through(fault: Fault[Place], place: Place, prometheus: Prometheus) -> bool:
    """Let one thing go wrong and right again; whether every alert fired and was over."""
    print(f"\n{fault.name}", flush=True)
    with fault.inject(place):
        fired = _see(fault.expected, prometheus, firing=True, patience=fault.fire_seconds)
    late = _see(fault.afterwards, prometheus, firing=True, patience=fault.fire_seconds)
    expected = (*fault.expected, *fault.afterwards)
    return fired & late & _see(expected, prometheus, firing=False, patience=_RESOLVE_SECONDS)


def _see(
    expected: Sequence[Expected], prometheus: Prometheus, *, firing: bool, patience: float
) -> bool:
    """Wait until each of these fires, or until each is over, and print when that was."""
    begin = time.monotonic()
    waiting = list(expected)

    def look() -> bool:
        alerts = prometheus.alerts()
        for each in [each for each in waiting if each.is_met_by(alerts) is firing]:
            waiting.remove(each)
            seconds = time.monotonic() - begin
            print(f"  {seconds:6.1f} s  {'fires' if firing else 'over '}  {each}", flush=True)
        return not waiting

    wait_until(look, patience, _PAUSE)
    for each in waiting:
        print(f"  {patience:6.1f} s  {'DOES NOT FIRE' if firing else 'IS NOT OVER'}  {each}")
    return not waiting


def _firing(prometheus: Prometheus) -> list[str]:
    return [alert.name for alert in prometheus.alerts() if alert.firing]
