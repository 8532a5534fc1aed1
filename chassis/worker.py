"""The work role: publishes what services announced, consumes what others did, and runs their timers.

One worker hosts one service or several; several workers may host the same. Each of its duties is a
plain loop in a thread of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chassis import consumer, relay
from chassis.app import App
from chassis.broker import Broker
from chassis.consumer import RETRY_DELAYS, Consumer
from chassis.housekeeping import TIMERS
from chassis.leases import Leases
from chassis.relay import Relay
from chassis.timers import Clockwork

Loop = Callable[[threading.Event], None]


@dataclass(frozen=True)
class WorkOptions:
    """How work is done: seconds between attempts at an event, copies of each stream in the cluster."""

    retry_delays: tuple[float, ...] = RETRY_DELAYS
    stream_replicas: int = 1


class Worker:
    """The work of some services in one process."""

    def __init__(
        self, apps: Sequence[App], nats_url: str, options: WorkOptions | None = None
    ) -> None:
        self._options = options or WorkOptions()
        self._broker = Broker(nats_url, "worker of " + ", ".join(a.service.name for a in apps))
        self._stopping = threading.Event()
        loops = [loop for app in apps for loop in self._loops(app)]
        self._threads = [
            threading.Thread(target=loop, args=(self._stopping,), name=name) for name, loop in loops
        ]

    def start(self) -> None:
        """Begin. It waits by itself for databases and NATS that are not there yet."""
        self._broker.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what is in hand, give back the rest, disconnect. A second call does nothing."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._broker.close()

    @property
    def ready(self) -> bool:
        """Whether NATS is there."""
        return self._broker.connected

    def _loops(self, app: App) -> list[tuple[str, Loop]]:
        name = app.service.name
        sources = sorted({consumer.source_of(reaction) for reaction in app.service.reactions})
        duties = [relay.DUTY, *(consumer.duty(name, source) for source in sources)]
        leases = Leases(name, app.database, duties)
        loops: list[tuple[str, Loop]] = [
            (f"{name} leases", leases.run),
            (
                f"{name} relay",
                Relay(app, self._broker, leases, self._options.stream_replicas).run,
            ),
        ]
        for source in sources:
            reader = Consumer(app, source, self._broker, leases, self._options.retry_delays)
            loops.append((reader.name, reader.run))
        for timer in (*app.service.timers, *TIMERS):
            loops.append((f"{name} timer {timer.name}", Clockwork(app, timer).run))
        return loops
