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
from chassis.border import Border
from chassis.broker import Broker
from chassis.consumer import RETRY_DELAYS, Consumer, Source
from chassis.housekeeping import TIMERS
from chassis.leases import Leases
from chassis.manifest import BORDER
from chassis.relay import Relay
from chassis.timers import Clockwork
from chassis.watch import BorderWatch, DatabaseWatch, OwnStreamWatch

Loop = Callable[[threading.Event], None]


@dataclass(frozen=True)
class WorkOptions:
    """How work is done: seconds between attempts at an event, copies of each stream in the cluster."""

    retry_delays: tuple[float, ...] = RETRY_DELAYS
    stream_replicas: int = 1


@dataclass(frozen=True)
class BorderLink:
    """How this region's work meets that of others: its NATS as the account that they share, and who
    they are, the hub among them.
    """

    nats_url: str
    hub: str
    regions: tuple[str, ...]


class Worker:
    """The work of some services in one process."""

    def __init__(
        self,
        apps: Sequence[App],
        nats_url: str,
        options: WorkOptions | None = None,
        link: BorderLink | None = None,
    ) -> None:
        """link: without it this region stands alone, and nothing crosses."""
        self._options = options or WorkOptions()
        name = "worker of " + ", ".join(app.service.name for app in apps)
        self._broker = Broker(nats_url, name)
        self._border = _border(link, apps[0].region, name) if link else None
        self._stopping = threading.Event()
        self._leaving = threading.Event()
        self._leases = [Leases(app.service.name, app.database, duties(app)) for app in apps]
        self._keepers = [
            threading.Thread(target=leases.run, args=(self._leaving,), name="leases")
            for leases in self._leases
        ]
        self._threads = [
            threading.Thread(target=loop, args=(self._stopping,), name=name)
            for app, leases in zip(apps, self._leases, strict=True)
            for name, loop in self._loops(app, leases)
        ]

    def start(self) -> None:
        """Begin. It waits by itself for databases and NATS that are not there yet."""
        for broker in self._brokers():
            broker.start()
        for thread in (*self._keepers, *self._threads):
            thread.start()

    def stop(self) -> None:
        """Finish what is in hand, give back the rest, disconnect; only then may others take over.

        A second call does nothing.
        """
        if self._stopping.is_set():
            return
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        for broker in self._brokers():
            broker.close()
        self._leaving.set()
        for thread in self._keepers:
            thread.join()

    @property
    def ready(self) -> bool:
        """Whether NATS is there."""
        return all(broker.connected for broker in self._brokers())

    def _brokers(self) -> list[Broker]:
        return [self._broker, self._border.broker] if self._border else [self._broker]

    def _loops(self, app: App, leases: Leases) -> list[tuple[str, Loop]]:
        name = app.service.name
        publisher = Relay(app, self._broker, leases, self._options.stream_replicas, self._border)
        loops: list[tuple[str, Loop]] = [
            (f"{name} relay", publisher.run),
            (f"{name} database watch", DatabaseWatch(app).run),
            (f"{name} stream watch", OwnStreamWatch(app, self._broker).run),
        ]
        if self._border:
            loops.append((f"{name} border watch", BorderWatch(self._border).run))
        for source in self._sources(app):
            reader = Consumer(app, source, leases, self._options.retry_delays)
            loops.append((reader.name, reader.run))
        for timer in (*app.service.timers, *TIMERS):
            loops.append((f"{name} timer {timer.name}", Clockwork(app, timer).run))
        return loops

    def _sources(self, app: App) -> list[Source]:
        """Where the events come from to which this service reacts; a border only if there is one."""
        services = [name for name in app.service.sources() if name != BORDER]
        sources = [Source.of_service(name, app.region, self._broker) for name in services]
        if self._border and BORDER in app.service.sources():
            sources.append(Source.of_border(self._border))
        return sources


def _border(link: BorderLink, region: str, name: str) -> Border:
    return Border(region, link.hub, link.regions, Broker(link.nats_url, name))


def duties(app: App) -> list[str]:
    """What only one process at a time does for a service."""
    return [relay.DUTY, *(consumer.duty(app.service.name, s) for s in app.service.sources())]
