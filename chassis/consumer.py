"""A consumer: brings the events of one source, a service or the border, to the reactions of a service,
each handled once.

It is acknowledged only when its effects are committed, or when it is kept as a dead letter. A database
that is away is nobody's fault: the event waits without that counting as an attempt.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chassis import dead_letters, streams
from chassis.app import App
from chassis.border import INCOMING, Border
from chassis.broker import Broker
from chassis.errors import Unavailable
from chassis.inbox import Event, handle_once
from chassis.leases import Leases
from chassis.manifest import BORDER
from chassis.outages import Outage
from chassis.outbox import subject_of
from chassis.subscriptions import Delivery, Subscription, acknowledge
from chassis.telemetry import event_metrics, trace

log = logging.getLogger(__name__)

#: Seconds from a failed attempt to the next. After one more failure the event is a dead letter.
RETRY_DELAYS = (1.0, 4.0, 15.0, 40.0)

_FROM = "-from-"
_ACK_WAIT = 10.0
_WAIT_FOR_DATABASE = 2.0
_PAUSE_AFTER_FAILURE = 0.5
_PATIENCE = 0.25
_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True)
class Source:
    """A stream of events: what it is called in NATS, and the regions of its subjects, "*" for all."""

    name: str
    stream: str
    regions: str
    broker: Broker

    @classmethod
    def of_service(cls, service: str, region: str, broker: Broker) -> Source:
        """What a service of this region announces."""
        return cls(service, streams.stream_name(service, region), region, broker)

    @classmethod
    def of_border(cls, border: Border) -> Source:
        """What crosses the border, from wherever."""
        return cls(BORDER, INCOMING, "*", border.broker)


class Consumer:
    """What one service does about the events of one source."""

    def __init__(
        self,
        app: App,
        source: Source,
        leases: Leases,
        retry_delays: Sequence[float] = RETRY_DELAYS,
    ) -> None:
        self.name = duty(app.service.name, source.name)
        self._app = app
        self._source = source
        self._broker = source.broker
        self._leases = leases
        self._retry_delays = retry_delays
        self._stream = source.stream
        self._reactions = app.service.reactions_from(source.name)
        self._failures: dict[str, int] = {}
        self._outage = Outage(log, f"consumer {self.name}")

    def run(self, stopping: threading.Event) -> None:
        """Consume until stopping; while another process has the duty, stand by."""
        while not stopping.is_set():
            if not self._leases.wait_for(self.name, _PAUSE_AFTER_FAILURE):
                continue
            try:
                self._consume(stopping)
            except Exception as error:  # whatever it is, nothing was acknowledged
                self._outage.note(error)
                stopping.wait(_PAUSE_AFTER_FAILURE)

    def _consume(self, stopping: threading.Event) -> None:
        self._ensure()
        self._outage.over()
        subscription = Subscription(self._broker, self._stream, self.name)
        try:
            while not stopping.is_set() and self._leases.holds(self.name):
                self._receive(subscription.next(_PATIENCE))
        finally:
            subscription.close()

    def _receive(self, deliveries: list[Delivery]) -> None:
        """Handle what came in one transaction; if that fails, each in its own, to find out which fails."""
        begin = time.perf_counter()
        events = [_event(delivery) for delivery in deliveries]
        if len(events) > 1:
            try:
                outcomes = handle_once(self._app, self.name, self._reactions, events)
            except Exception as error:
                log.info("consumer %s: %d events one by one: %r", self.name, len(events), error)
            else:
                acknowledge(*deliveries)
                each = (time.perf_counter() - begin) / len(events)
                for event, new in zip(events, outcomes, strict=True):
                    self._note_handled(event, new, each)
                return
        for event, delivery in zip(events, deliveries, strict=True):
            with trace.continuing(event.headers.get("traceparent", "")):
                self._attempt(event, delivery)

    def _attempt(self, event: Event, delivery: Delivery) -> None:
        """Handle one event, and settle its delivery with NATS according to how that went."""
        begin = time.perf_counter()
        try:
            (new,) = handle_once(self._app, self.name, self._reactions, [event])
        except Unavailable as error:
            log.warning("consumer %s: %s waits: %s", self.name, event.id, error)
            delivery.refuse(_WAIT_FOR_DATABASE)
            self._measure(event, "failed", time.perf_counter() - begin)
        except Exception as error:
            outcome = self._fail(event, delivery, error)
            self._measure(event, outcome, time.perf_counter() - begin)
        else:
            acknowledge(delivery)
            self._note_handled(event, new, time.perf_counter() - begin)

    def _note_handled(self, event: Event, new: bool, seconds: float) -> None:
        self._failures.pop(event.id, None)
        self._measure(event, "handled" if new else "repeated", seconds)

    def _measure(self, event: Event, outcome: str, seconds: float) -> None:
        delay = (self._app.clock() - event.time).total_seconds() if event.time else 0.0
        event_metrics.event_handled(self._app.service.name, self.name, outcome, seconds, delay)

    def _fail(self, event: Event, delivery: Delivery, error: Exception) -> str:
        """Have it delivered again later, or give it up."""
        failures = self._failures.get(event.id, 0) + 1
        facts = {"event_id": event.id, "subject": event.subject, "attempt": failures}
        if failures <= len(self._retry_delays):
            log.warning("consumer %s failed: %r", self.name, error, extra=facts)
            self._failures[event.id] = failures
            delivery.refuse(self._retry_delays[failures - 1])
            return "failed"
        log.error("consumer %s gives an event up", self.name, extra=facts, exc_info=error)
        try:
            dead_letters.bury(self._app, self.name, event, failures, error)
        except Unavailable:
            delivery.refuse(_WAIT_FOR_DATABASE)
            return "failed"
        self._failures.pop(event.id, None)
        acknowledge(delivery)
        return "dead"

    def _ensure(self) -> None:
        """Make the durable consumer, or bring it up to date with the reactions. The stream is its owner's."""
        config: dict[str, Any] = {
            "name": self.name,
            "durable_name": self.name,
            "filter_subjects": sorted(
                {subject_of(reaction.event, self._source.regions) for reaction in self._reactions}
            ),
            "deliver_policy": "all",
            "ack_policy": "explicit",
            "ack_wait": int(_ACK_WAIT * _NANOSECONDS),
            "max_deliver": -1,
            "max_ack_pending": 1000,
        }
        self._broker.api(
            f"CONSUMER.CREATE.{self._stream}.{self.name}",
            {"stream_name": self._stream, "config": config},
        )


def _event(delivery: Delivery) -> Event:
    return Event(delivery.subject, delivery.headers, delivery.payload)


def duty(service: str, source: str) -> str:
    """What the consumer of a source is called: in NATS, in the inbox and among the duties."""
    return f"{service}{_FROM}{source}"


def service_of(name: str) -> str:
    """The service whose consumer is called so; "" if it is none of ours."""
    return name.partition(_FROM)[0] if _FROM in name else ""
