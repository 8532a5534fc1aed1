"""Runs of timers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram

from chassis.telemetry.buckets import BUCKETS

_TIMER_RUNS = Counter(
    "meridian_timer_runs", "Runs of a timer: done or failed.", ("service", "timer", "outcome")
)
_TIMER_SECONDS = Histogram(
    "meridian_timer_run_duration_seconds",
    "Time that a run of a timer took.",
    ("service", "timer"),
    buckets=BUCKETS,
)


def declare_timer(service: str, timer: str) -> None:
    """Count a timer's runs from 0: a counter that begins with its first failure hides that failure."""
    for outcome in ("done", "failed"):
        _TIMER_RUNS.labels(service, timer, outcome)


@contextmanager
def timer_run(service: str, timer: str) -> Iterator[None]:
    """Count and time one run of a timer; it counts as failed if the block raises."""
    begin = time.perf_counter()
    outcome = "failed"
    try:
        yield
        outcome = "done"
    finally:
        _TIMER_SECONDS.labels(service, timer).observe(time.perf_counter() - begin)
        _TIMER_RUNS.labels(service, timer, outcome).inc()
