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
    "meridian_http_requests",
    "HTTP requests answered, by the service that they are for and by status.",
    ("service", "method", "route", "code"),
)
_HTTP_SECONDS = Histogram(
    "meridian_http_request_duration_seconds",
    "Time from an HTTP request's arrival to its answer.",
    ("service", "method", "route"),
    buckets=_BUCKETS,
)
_HTTP_IN_FLIGHT = Gauge(
    "meridian_http_requests_in_flight",
    "HTTP requests being worked on.",
    ("service", "method", "route"),
)
_FORWARDED_TOTAL = Counter(
    "meridian_gateway_forwarded_requests",
    "Requests sent on to another region: answered, unreachable, timed_out, busy.",
    ("peer", "outcome"),
)
_FORWARDED_SECONDS = Histogram(
    "meridian_gateway_forwarded_request_duration_seconds",
    "Time from sending a request to another region to the head of its answer.",
    ("peer",),
    buckets=_BUCKETS,
)
_POOL_IN_USE = Gauge(
    "meridian_pool_members_in_use", "Members of a pool that are busy.", ("service", "pool")
)
_POOL_SIZE = Gauge("meridian_pool_members", "Members that a pool may have.", ("service", "pool"))
_DATABASE_UP = Gauge(
    "meridian_database_up", "Whether a process of the service reaches its database.", ("service",)
)
_NATS_UP = Gauge("meridian_nats_up", "Whether a worker of the service reaches NATS.", ("service",))
_SCHEMA_PENDING = Gauge(
    "meridian_schema_pending_migrations",
    "Migrations that the code knows and the service's database has not had.",
    ("service",),
)
_OUTBOX_AGE = Gauge(
    "meridian_outbox_oldest_age_seconds",
    "Age of the oldest event that is not published yet; 0 if all are.",
    ("service",),
)
_OUTBOX_PENDING = Gauge(
    "meridian_outbox_pending_events", "Events that are not published yet.", ("service",)
)
_EVENTS_PUBLISHED = Counter("meridian_events_published", "Events published.", ("service",))
_CONSUMER_PENDING = Gauge(
    "meridian_consumer_pending_events",
    "Events that a consumer has not handled yet.",
    ("service", "consumer"),
)
_EVENTS_HANDLED = Counter(
    "meridian_events_handled",
    "Deliveries of events to a consumer: handled, repeated (seen before), failed, dead.",
    ("service", "consumer", "outcome"),
)
_EVENT_SECONDS = Histogram(
    "meridian_event_handling_duration_seconds",
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
_ARCHIVE_EXPOSURE = Gauge(
    "meridian_archive_exposure_seconds",
    "Work that would be lost if the data folder were lost now: time since what is archived.",
    ("region",),
)
_ARCHIVE_WAITING = Gauge(
    "meridian_archive_waiting_bytes", "WAL that is written and not archived yet.", ("region",)
)
_LAST_BACKUP = Gauge(
    "meridian_last_backup_timestamp_seconds",
    "When the newest base backup was complete, in Unix time.",
    ("region",),
)
_TIMER_RUNS = Counter(
    "meridian_timer_runs", "Runs of a timer: done or failed.", ("service", "timer", "outcome")
)
_TIMER_SECONDS = Histogram(
    "meridian_timer_run_duration_seconds",
    "Time that a run of a timer took.",
    ("service", "timer"),
    buckets=_BUCKETS,
)
_BORDER_UP = Gauge(
    "meridian_border_link_up", "Whether the link to another region's NATS holds.", ("peer",)
)
_BORDER_PENDING = Gauge(
    "meridian_border_link_pending_events",
    "Events that another region has for this one and that have not come over yet.",
    ("peer",),
)
_PEER_REACHABLE = Gauge(
    "meridian_peer_reachable",
    "Whether the gateway of another region answered when this process asked it last.",
    ("peer",),
)
_PEER_CERTIFICATE_EXPIRY = Gauge(
    "meridian_peer_certificate_expiry_timestamp_seconds",
    "Until when the certificate that another region's gateway showed last is good, as Unix time.",
    ("peer",),
)
_REPLICA_AGE = Gauge(
    "meridian_replica_age_seconds",
    "Time since a service's reference data was last known to agree with the hub's.",
    ("service",),
)
_CERTIFICATE_EXPIRY = Gauge(
    "meridian_certificate_expiry_timestamp_seconds",
    "Until when a watched certificate is good, as Unix time; 0 if its file cannot be read.",
    ("file",),
)
_HOME_FREE = Gauge(
    "meridian_home_free_bytes", "Room that is left on the disk that holds MERIDIAN_HOME."
)
_HOME_SIZE = Gauge("meridian_home_size_bytes", "Size of the disk that holds MERIDIAN_HOME.")


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


def http_meter(service: str, method: str, route: str) -> Meter:
    """The meter of an HTTP route as it is declared, with {id}. Make it once and keep it."""
    return Meter(
        _HTTP_IN_FLIGHT.labels(service, method, route),
        _HTTP_SECONDS.labels(service, method, route),
        cache(lambda code: _HTTP_TOTAL.labels(service, method, route, code)),
    )


@dataclass(frozen=True)
class ForwardingMeter:
    """Counts by outcome, and times, what is sent on to one other region."""

    count: Callable[[str], None]
    observe: Callable[[float], None]


def forwarding_meter(peer: str) -> ForwardingMeter:
    """The meter of the requests that go on to another region."""
    return ForwardingMeter(
        lambda outcome: _FORWARDED_TOTAL.labels(peer, outcome).inc(),
        _FORWARDED_SECONDS.labels(peer).observe,
    )


def watch_pool(service: str, pool: str, size: int, in_use: Callable[[], float]) -> None:
    """Report how full a pool (threads, connections) is, asking in_use at each scrape."""
    _POOL_SIZE.labels(service, pool).set(size)
    _POOL_IN_USE.labels(service, pool).set_function(in_use)


def watch_database(service: str, up: Callable[[], bool]) -> None:
    """Report whether the service's database answers this process, asking at each scrape."""
    _DATABASE_UP.labels(service).set_function(lambda: float(up()))


def watch_nats(service: str, up: Callable[[], bool]) -> None:
    """Report whether NATS answers a worker, asking at each scrape."""
    _NATS_UP.labels(service).set_function(lambda: float(up()))


def schema_pending(service: str, migrations: int) -> None:
    """Report how many migrations the database of a service lacks."""
    _SCHEMA_PENDING.labels(service).set(migrations)


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


def border_link(peer: str, up: bool, pending: int) -> None:
    """Report whether the link to another region holds, and how many of its events are to come."""
    _BORDER_UP.labels(peer).set(up)
    _BORDER_PENDING.labels(peer).set(pending)


def peer_reachable(peer: str, answered: bool) -> None:
    """Report whether another region's gateway answered a question."""
    _PEER_REACHABLE.labels(peer).set(answered)


def peer_certificate(peer: str, expiry: float) -> None:
    """Report until when (Unix time) the certificate is good that another region's gateway showed."""
    _PEER_CERTIFICATE_EXPIRY.labels(peer).set(expiry)


def replica_age(service: str, seconds: float) -> None:
    """Report how long ago a service's reference data was known to agree with the hub's."""
    _REPLICA_AGE.labels(service).set(seconds)


def watch_certificate(file: str, expiry: Callable[[], float]) -> None:
    """Report until when (Unix time) the certificate in a file is good, asking at each scrape."""
    _CERTIFICATE_EXPIRY.labels(file).set_function(expiry)


def watch_home(free: Callable[[], float], size: Callable[[], float]) -> None:
    """Report room and size (bytes) of the disk that holds the data folder, asking at each scrape."""
    _HOME_FREE.set_function(free)
    _HOME_SIZE.set_function(size)


def declare_timer(service: str, timer: str) -> None:
    """Count a timer's runs from 0: a counter that begins with its first failure hides that failure."""
    for outcome in ("done", "failed"):
        _TIMER_RUNS.labels(service, timer, outcome)


def watch_archive(region: str, exposure: Callable[[], float]) -> None:
    """Report how many seconds of work a lost data folder would cost, asking at each scrape."""
    _ARCHIVE_EXPOSURE.labels(region).set_function(exposure)


def archive_waiting(region: str, number: int) -> None:
    """Report how many bytes of WAL are not archived yet."""
    _ARCHIVE_WAITING.labels(region).set(number)


def last_backup(region: str, moment: float) -> None:
    """Report when the newest base backup was complete, in Unix seconds."""
    _LAST_BACKUP.labels(region).set(moment)


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
