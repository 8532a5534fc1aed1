"""Metrics in the four golden signals: traffic and errors (…_total by code), latency, saturation.

Names and units follow the conventions of Prometheus: base units (seconds, bytes), counters end in
_total. Every metric is declared here, so that dashboards and alerts have one place to look.
Labels take few values each: never an id, never a person.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

# Nobody looks at when a counter was made, and it doubles what is scraped.
disable_created_metrics()  # type: ignore[no-untyped-call]

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_RPC_TOTAL = Counter(
    "meridian_rpc_requests", "gRPC calls answered, by status code.", ("service", "method", "code")
)
_RPC_SECONDS = Histogram(
    "meridian_rpc_request_duration_seconds",
    "Time from a gRPC call's arrival to its answer.",
    ("service", "method"),
    buckets=_BUCKETS,
)
_RPC_IN_FLIGHT = Gauge(
    "meridian_rpc_requests_in_flight", "gRPC calls being worked on.", ("service", "method")
)
_HTTP_TOTAL = Counter(
    "meridian_http_requests", "HTTP requests answered, by status.", ("method", "route", "code")
)
_HTTP_SECONDS = Histogram(
    "meridian_http_request_duration_seconds",
    "Time from an HTTP request's arrival to its answer.",
    ("method", "route"),
    buckets=_BUCKETS,
)
_HTTP_IN_FLIGHT = Gauge(
    "meridian_http_requests_in_flight", "HTTP requests being worked on.", ("method", "route")
)
_POOL_IN_USE = Gauge(
    "meridian_pool_in_use", "Members of a pool that are busy.", ("service", "pool")
)
_POOL_SIZE = Gauge("meridian_pool_size", "Members that a pool may have.", ("service", "pool"))
_OUTBOX_AGE = Gauge(
    "meridian_outbox_oldest_age_seconds",
    "Age of the oldest event that is not published yet; 0 if all are.",
    ("service",),
)
_OUTBOX_PENDING = Gauge(
    "meridian_outbox_pending", "Events that are not published yet.", ("service",)
)
_EVENTS_PUBLISHED = Counter("meridian_events_published", "Events published.", ("service",))
_CONSUMER_PENDING = Gauge(
    "meridian_consumer_pending",
    "Events that a consumer has not handled yet.",
    ("service", "consumer"),
)
_EVENTS_HANDLED = Counter(
    "meridian_events_handled",
    "Deliveries of events to a consumer: handled, repeated (seen before), failed, dead.",
    ("service", "consumer", "outcome"),
)
_EVENT_SECONDS = Histogram(
    "meridian_event_handling_seconds",
    "Time that a consumer took for one event.",
    ("service", "consumer"),
    buckets=_BUCKETS,
)
_EVENT_DELAY = Histogram(
    "meridian_event_delay_seconds",
    "Time from the commit of an event to the end of its handling by a consumer.",
    ("service", "consumer"),
    buckets=(*_BUCKETS, 30.0, 60.0, 300.0),
)
_DEAD_LETTERS = Gauge("meridian_dead_letters", "Dead letters that nobody settled.", ("service",))
_TIMER_RUNS = Counter(
    "meridian_timer_runs", "Runs of a timer: done or failed.", ("service", "timer", "outcome")
)
_TIMER_SECONDS = Histogram(
    "meridian_timer_run_seconds",
    "Time that a run of a timer took.",
    ("service", "timer"),
    buckets=_BUCKETS,
)


@dataclass(frozen=True)
class Meter:
    """Counts and times the requests of one method. `count` finds the counter of a code."""

    in_flight: Gauge
    seconds: Histogram
    count: Callable[[str], Counter]

    def begin(self) -> float:
        """A request came in. Gives the mark that `end` wants back."""
        self.in_flight.inc()
        return time.perf_counter()

    def end(self, mark: float, code: str) -> None:
        """It was answered with this code: a gRPC code's name, or an HTTP status."""
        self.seconds.observe(time.perf_counter() - mark)
        self.in_flight.dec()
        self.count(code).inc()


def rpc_meter(service: str, method: str) -> Meter:
    """The meter of a gRPC method, `method` being its name alone. Make it once and keep it."""
    return Meter(
        _RPC_IN_FLIGHT.labels(service, method),
        _RPC_SECONDS.labels(service, method),
        cache(lambda code: _RPC_TOTAL.labels(service, method, code)),
    )


def http_meter(method: str, route: str) -> Meter:
    """The meter of an HTTP route as it is declared, with {id}. Make it once and keep it."""
    return Meter(
        _HTTP_IN_FLIGHT.labels(method, route),
        _HTTP_SECONDS.labels(method, route),
        cache(lambda code: _HTTP_TOTAL.labels(method, route, code)),
    )


def watch_pool(service: str, pool: str, size: int, in_use: Callable[[], float]) -> None:
    """Report how full a pool (threads, connections) is, asking in_use at each scrape."""
    _POOL_SIZE.labels(service, pool).set(size)
    _POOL_IN_USE.labels(service, pool).set_function(in_use)


def outbox_state(service: str, pending: int, oldest_age_seconds: float) -> None:
    """Report what waits in a service's outbox."""
    _OUTBOX_PENDING.labels(service).set(pending)
    _OUTBOX_AGE.labels(service).set(oldest_age_seconds)


def events_published(service: str, number: int) -> None:
    """Count events that were published and acknowledged."""
    _EVENTS_PUBLISHED.labels(service).inc(number)


def consumer_pending(service: str, consumer: str, number: int) -> None:
    """Report how many events a consumer still has before it (its lag)."""
    _CONSUMER_PENDING.labels(service, consumer).set(number)


def event_handled(
    service: str, consumer: str, outcome: str, seconds: float, delay_seconds: float
) -> None:
    """Count a delivery: outcome is handled, repeated, failed or dead; delay is since commit."""
    _EVENTS_HANDLED.labels(service, consumer, outcome).inc()
    _EVENT_SECONDS.labels(service, consumer).observe(seconds)
    _EVENT_DELAY.labels(service, consumer).observe(max(delay_seconds, 0.0))


def dead_letters(service: str, number: int) -> None:
    """Report how many dead letters wait for a person."""
    _DEAD_LETTERS.labels(service).set(number)


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
