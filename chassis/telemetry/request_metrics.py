"""Traffic, errors, latency and saturation of requests: gRPC, HTTP, and what is sent on to other regions."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from prometheus_client import Counter, Gauge, Histogram

from chassis.telemetry.buckets import BUCKETS

_RPC_TOTAL = Counter(
    "meridian_rpc_requests", "gRPC calls answered, by status code.", ("service", "method", "code")
)
_RPC_SECONDS = Histogram(
    "meridian_rpc_request_duration_seconds",
    "Time from a gRPC call's arrival to its answer.",
    ("service", "method"),
    buckets=BUCKETS,
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
    buckets=BUCKETS,
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
    buckets=BUCKETS,
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
