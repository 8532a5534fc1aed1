"""`make monitoring-check`: a real Prometheus watches a region in which things go wrong.

    PICTURES=docs/dashboards make monitoring-check    draw the dashboards at the end
    ONLY=nats make monitoring-check       only the faults whose description has this word
    KEEP=1 make monitoring-check          leave data, rules and logs where they are

Exit code 0 if every expected alert fired and was over afterwards, and every dashboard had data.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.monitoring import dashboards, pictures
from tests.monitoring.faults import Expected, Fault, faults
from tests.monitoring.load import Load
from tests.monitoring.prometheus import Prometheus, wait_for_scrapes
from tests.monitoring.shortened import FACTOR, shorten
from tests.monitoring.watched import WatchedRegion

RULES = Path(__file__).parents[2] / "deploy" / "monitoring" / "rules"
FIRE_SECONDS, RESOLVE_SECONDS = 150.0, 150.0
_QUIET_SECONDS = 90.0
_POLL_SECONDS = 0.5


def main() -> int:
    """Run once."""
    region = WatchedRegion()
    try:
        region.wait_until_ready()
        holds = _watch(region)
    finally:
        region.stop()
    if holds and not os.environ.get("KEEP"):
        region.remove()
    else:
        print(f"data, rules and logs are kept in {region.folder}")
    return 0 if holds else 1


def _watch(region: WatchedRegion) -> bool:
    rules = region.folder / "rules"
    shorten(RULES, rules)
    print(
        f"The rules run {FACTOR} times as fast as they are: every window and every waiting time is\n"
        f"shortened, one minute to {60 / FACTOR:g} s. Thresholds, also those in seconds, are as they are."
    )
    if not region.has_small_disk:
        print(
            "No small disk may be mounted here: that a full disk alerts is shown by promtool alone."
        )
    targets = region.targets()
    prometheus = Prometheus(region.folder / "prometheus", rules, targets)
    load = Load(region)
    try:
        prometheus.wait_until_ready()
        wait_for_scrapes(prometheus, len(targets), _QUIET_SECONDS)
        load.start()
        return _run(region, prometheus)
    finally:
        load.stop()
        prometheus.stop()


def _run(region: WatchedRegion, prometheus: Prometheus) -> bool:
    begin = time.monotonic()
    quiet = _wait(lambda: not _firing(prometheus), _QUIET_SECONDS)
    print(f"{len(region.targets())} processes are scraped, {'no' if quiet else 'SOME'} alert fires")
    only = os.environ.get("ONLY", "").lower()
    results = [
        _go_through(fault, region, prometheus)
        for fault in faults(region)
        if only in fault.name.lower()
    ]
    wrong = results.count(False) + (not quiet)
    print(f"\n{len(results)} faults in {time.monotonic() - begin:.0f} s, {wrong} wrong")
    holds = _dashboards_have_data(prometheus) and wrong == 0
    if folder := os.environ.get("PICTURES"):
        now = time.time()
        span = pictures.Span(now - (time.monotonic() - begin), now)
        print("drawn: " + ", ".join(map(str, pictures.draw(prometheus, span, Path(folder)))))
    return holds


def _dashboards_have_data(prometheus: Prometheus) -> bool:
    """Send every query of every dashboard, and name those that find nothing."""
    empty = dashboards.without_data(prometheus)
    number = dashboards.number_of_queries()
    print(f"{number} queries of {len(dashboards.load())} dashboards, {len(empty)} without data")
    for query in empty:
        print(f"  {query.dashboard}, {query.panel}: {query.expression}")
    return not empty


def _go_through(fault: Fault, region: WatchedRegion, prometheus: Prometheus) -> bool:
    """Let one thing go wrong and right again; whether every alert fired and was over."""
    print(f"\n{fault.name}", flush=True)
    with fault.inject(region):
        fired = _see(fault.expected, prometheus, firing=True, patience=FIRE_SECONDS)
    late = _see(fault.afterwards, prometheus, firing=True, patience=FIRE_SECONDS)
    expected = (*fault.expected, *fault.afterwards)
    return fired & late & _see(expected, prometheus, firing=False, patience=RESOLVE_SECONDS)


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

    _wait(look, patience)
    for each in waiting:
        print(f"  {patience:6.1f} s  {'DOES NOT FIRE' if firing else 'IS NOT OVER'}  {each}")
    return not waiting


def _firing(prometheus: Prometheus) -> list[str]:
    return [alert.name for alert in prometheus.alerts() if alert.firing]


def _wait(condition: Callable[[], bool], patience: float) -> bool:
    """Look twice a second; False if it does not hold in so many seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


if __name__ == "__main__":
    sys.exit(main())
