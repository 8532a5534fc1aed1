"""What the processes of a service tell of its database and its stream, whoever has the duties.

The process that publishes or consumes may be frozen or cut off, and then tells nothing, or tells for
ever what it saw last. So every process of a service looks at what waits in its outbox and at its dead
letters, and every worker at whoever reads its stream; who reads the metrics takes the greatest.
"""

from __future__ import annotations

import abc
import logging
import threading
import time
from typing import Any

import sqlalchemy as sa

from chassis import consumer, dead_letters, migrate, migration_failures, streams
from chassis.app import App, Transaction
from chassis.border import INCOMING, Border, source_region
from chassis.broker import Broker, BrokerRefused
from chassis.manifest import Service
from chassis.outages import Outage
from chassis.renewal import Renewal
from chassis.telemetry import event_metrics, region_metrics, resource_metrics

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
#: Who has not answered for so long counts as away, also while we still wait for the answer.
FRESH_SECONDS = 12.0
#: Nobody needs to know more exactly how many events wait, and counting them all takes time.
MOST_COUNTED = 100_000
#: A link over which nothing was heard for so many seconds is down.
LONGEST_SILENCE = 15.0
_NANOSECONDS = 1_000_000_000


class _Watch(abc.ABC):
    """Looks at something again and again, and knows whether it answers."""

    def __init__(self, what: str) -> None:
        self._outage = Outage(log, f"watching {what}")
        self._answered = -FRESH_SECONDS

    @property
    def answers(self) -> bool:
        """Whether it has answered lately."""
        return time.monotonic() - self._answered < FRESH_SECONDS

    def run(self, stopping: threading.Event) -> None:
        """Look until stopping. While there is no answer, what was seen last stands."""
        while True:
            try:
                self.look()
            except BrokerRefused as refusal:  # the stream is not there yet
                self._answered = time.monotonic()
                self._outage.note(refusal)
            except Exception as error:  # whatever it is, the next look may go well
                self._outage.note(error)
            else:
                self._answered = time.monotonic()
                self._outage.over()
            if stopping.wait(LOOK_SECONDS):
                return

    @abc.abstractmethod
    def look(self) -> None:
        """Look once, and tell what is seen."""


class DatabaseWatch(_Watch):
    """Tells what waits in a service's database, and whether it answers."""

    def __init__(self, app: App) -> None:
        super().__init__(f"the database of {app.service.name}")
        self._app = app
        resource_metrics.watch_database(app.service.name, lambda: self.answers)

    def look(self) -> None:
        """Look once. Raises what the database raises."""
        name = self._app.service.name
        with self._app.reading() as tx:
            _tell_migrations(self._app.service, tx.connection)
            event_metrics.outbox_state(name, *_waiting(tx))
        event_metrics.dead_letters(name, dead_letters.count_unsettled(self._app))


class StreamWatch(_Watch):
    """Tells how far behind each consumer of a stream is, also one that nobody runs."""

    def __init__(self, broker: Broker, stream: str) -> None:
        super().__init__(f"the stream {stream}")
        self._broker = broker
        self._stream = stream

    def look(self) -> None:
        """Look once. Raises BrokerUnavailable, BrokerRefused."""
        seen, total = 0, 1
        while seen < total:
            page = self._broker.api(f"CONSUMER.LIST.{self._stream}", {"offset": seen})
            for info in page["consumers"]:
                _tell_lag(info)
            seen, total = seen + max(len(page["consumers"]), 1), page["total"]


class BorderWatch(StreamWatch):
    """Tells besides whether the links hold by which the stream of the border is fed, and tries those that
    do not.
    """

    def __init__(self, border: Border) -> None:
        super().__init__(border.broker, INCOMING)
        self._border = border
        self._renewal = Renewal(border)

    def look(self) -> None:
        """Look once. Raises BrokerUnavailable, BrokerRefused."""
        super().look()
        info = self._border.broker.api(f"STREAM.INFO.{INCOMING}")
        silent = set()
        for source in info.get("sources") or []:
            peer = source_region(source)
            if peer == self._border.region:
                continue
            # The other end is heard of every second, also when nothing happens; -1 is never.
            is_up = 0 <= source["active"] / _NANOSECONDS < LONGEST_SILENCE
            region_metrics.border_link(peer, is_up, source["lag"])
            if not is_up:
                silent.add(peer)
        self._renewal.renew(info, silent)


class OwnStreamWatch(StreamWatch):
    """The watch of the stream that a service announces to; tells besides whether NATS answers."""

    def __init__(self, app: App, broker: Broker) -> None:
        super().__init__(broker, streams.stream_name(app.service.name, app.region))
        resource_metrics.watch_nats(app.service.name, lambda: self.answers)


def _tell_lag(info: dict[str, Any]) -> None:
    service = consumer.service_of(info["name"])
    if service:
        behind = info["num_pending"] + info["num_ack_pending"]
        event_metrics.consumer_pending(service, info["name"], behind)


def _tell_migrations(service: Service, connection: sa.Connection) -> None:
    pending = migrate.pending(service, connection)
    resource_metrics.schema_pending(service.name, pending)
    if not pending or migration_failures.is_kept(connection):
        failed = migration_failures.number(service.metadata, connection)
        resource_metrics.failed_migrations(service.name, failed)


def _waiting(tx: Transaction) -> tuple[int, float]:
    """How many events are not published, up to MOST_COUNTED, and the age of the oldest in seconds."""
    columns = tx.service.metadata.tables["outbox"].c
    waiting = sa.select(columns.create_time).where(columns.publish_time.is_(None))
    some = waiting.limit(MOST_COUNTED).subquery()
    number = tx.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
    oldest = tx.execute(waiting.order_by(columns.position).limit(1)).scalar()
    return number, (tx.now - oldest).total_seconds() if oldest else 0.0
