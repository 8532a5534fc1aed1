"""Events on their way: outbox, consumers, dead letters."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from chassis.telemetry.buckets import BUCKETS

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
    buckets=BUCKETS,
)
_EVENT_DELAY = Histogram(
    "meridian_event_delay_seconds",
    "Time from the commit of an event to the end of its handling by a consumer.",
    ("service", "consumer"),
    buckets=(*BUCKETS, 30.0, 60.0, 300.0),
)
_DEAD_LETTERS = Gauge("meridian_dead_letters", "Dead letters that nobody settled.", ("service",))


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
