"""The relay: takes what a service announced from its outbox to its stream, in order, losing nothing.

One process at a time relays a service (chassis.leases). It claims what is unpublished, never "what is
greater than the last position": positions are given before the commit, so a smaller one may appear
later. Events of one aggregate keep their order, because a change to a row waits for the one before it
to commit. Dying between publishing and marking repeats a publication, which the stream recognises by
its message id, or, after its memory of ids, the consumer's inbox.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from chassis import crash_points, streams
from chassis.app import App
from chassis.border import Border
from chassis.broker import LARGEST_BATCH, Broker, Outgoing
from chassis.feed import numbers
from chassis.leases import Leases
from chassis.outages import Outage
from chassis.prepared import Prepared
from chassis.telemetry import event_metrics

log = logging.getLogger(__name__)

#: The duty, see chassis.leases.
DUTY = "relay"

_BATCHES = 4
#: Seconds from one look at the outbox to the next.
_FASTEST, _SLOWEST = 0.01, 0.1
#: Seconds until it is noted at the latest what was published. Noting costs a commit, which would delay the next event.
_MARK_SECONDS = 0.1
_PAUSE_AFTER_FAILURE = 0.5
_INSPECTION_SECONDS = 5.0


class Relay:
    """Publishes the outbox of one service."""

    def __init__(
        self,
        app: App,
        broker: Broker,
        leases: Leases,
        replicas: int = 1,
        border: Border | None = None,
    ) -> None:
        """replicas: of the stream, in a cluster of NATS. border: None where there is one region."""
        self._app = app
        self._broker = broker
        self._leases = leases
        self._replicas = replicas
        self._border = border
        self._outbox = app.service.metadata.tables["outbox"]
        columns = self._outbox.c
        self._pending = Prepared(
            sa.select(
                columns.position,
                columns.event_id,
                columns.subject,
                columns.headers,
                columns.payload,
            )
            .where(columns.publish_time.is_(None))
            .order_by(columns.position)
            .limit(_BATCHES * LARGEST_BATCH)
        )
        self._outage = Outage(log, f"{app.service.name}: relay")
        self._unmarked: set[int] = set()
        """Positions that are published and not noted to be."""

    def run(self, stopping: threading.Event) -> None:
        """Publish until stopping; while another process has the duty, stand by."""
        while not stopping.is_set():
            if not self._leases.wait_for(DUTY, _PAUSE_AFTER_FAILURE):
                continue
            try:
                with self._app.database.reading() as connection:
                    self._relay(connection, stopping)
            except Exception as error:  # whatever it is, the events wait and are tried again
                self._outage.note(error)
                stopping.wait(_PAUSE_AFTER_FAILURE)

    def _relay(self, connection: sa.Connection, stopping: threading.Event) -> None:
        """Publish while we have the duty; often when there is much to do, seldom when there is not."""
        inspection = marking = 0.0
        pause = _FASTEST
        self._unmarked.clear()  # what another time left is published again, since others had the duty
        while not stopping.is_set() and self._leases.holds(DUTY):
            begin = time.monotonic()
            if begin >= inspection:
                # A stream that was lost is published again from what is marked.
                self._mark()
                self._ensure_streams()
                inspection = begin + _INSPECTION_SECONDS
            number = self._publish_pending(connection)
            if not number or begin >= marking or len(self._unmarked) >= LARGEST_BATCH:
                self._mark()
                marking = begin + _MARK_SECONDS
            self._outage.over()
            pause = _FASTEST if number else min(pause * 1.5, _SLOWEST)
            if number < LARGEST_BATCH:
                stopping.wait(max(begin + pause - time.monotonic(), 0))
        if self._leases.holds(DUTY):
            self._mark()

    def _publish_pending(self, connection: sa.Connection) -> int:
        """Publish what waits, up to some batches; how many events that were.

        While NATS stores a batch, the one before it is marked. The connection commits each statement
        by itself.
        """
        found = self._pending.rows(connection, {})
        rows = [row for row in found if row.position not in self._unmarked]
        for first in range(0, len(rows), LARGEST_BATCH):
            batch = rows[first : first + LARGEST_BATCH]
            crash_points.reached("relay.before_publish")
            waits = self._begin([_message(row) for row in batch])
            if len(self._unmarked) >= LARGEST_BATCH:
                self._mark()
            for wait in waits:
                wait()
            crash_points.reached("relay.after_publish")
            self._unmarked.update(row.position for row in batch)
        return len(rows)

    def _begin(self, messages: Sequence[Outgoing]) -> list[Callable[[], None]]:
        """Begin to store these in our stream, and those that may cross the border in the region's."""
        waits = [self._broker.publish(messages)]
        if self._border:
            crossing = [m for m in messages if self._border.lets_out(m.headers["ce-type"])]
            if crossing:
                waits.append(self._border.broker.publish(crossing))
        return waits

    def _mark(self) -> None:
        """Note what is in the stream."""
        if self._unmarked:
            with self._app.database.writing() as connection:
                metadata = self._app.service.metadata
                numbers.publish(connection, metadata, self._unmarked, self._app.clock())
            event_metrics.events_published(self._app.service.name, len(self._unmarked))
            self._unmarked.clear()

    def _ensure_streams(self) -> None:
        """See that the streams are there."""
        streams.ensure(self._app, self._broker, self._replicas)
        if self._border:
            streams.ensure_border(self._app, self._border, self._replicas)


def _message(row: Any) -> Outgoing:
    return Outgoing(row.event_id, row.subject, row.headers, bytes(row.payload))
