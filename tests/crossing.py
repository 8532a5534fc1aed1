"""Events that cross the border, handed to services of other regions without a border between them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from chassis import border
from chassis.inbox import Event, handle_once
from chassis.manifest import BORDER
from tests.running import RunningService


@dataclass
class Crossing:
    """What services of several regions have announced that crosses, and who has received it."""

    services: Sequence[RunningService]
    _taken: dict[int, int] = field(default_factory=dict)

    def announced(self) -> list[Event]:
        """The events announced since this was asked last, in the order in which each service announced them."""
        return [event for service in self.services for event in self._new(service)]

    def deliver(self, events: Sequence[Event]) -> None:
        """Hand them to every service that reacts to the border, one after the other."""
        for event in events:
            for service in self.services:
                receive(service, event)

    def settle(self, disorder: random.Random | None = None) -> list[Event]:
        """Deliver what is announced until nothing new is; with disorder in any order, some of it twice.

        Gives all that was delivered.
        """
        delivered: list[Event] = []
        while events := self.announced():
            if disorder is not None:
                events += disorder.sample(events, disorder.randint(0, len(events)))
                disorder.shuffle(events)
            self.deliver(events)
            delivered += events
        return delivered

    def _new(self, service: RunningService) -> list[Event]:
        rows = sorted(service.table("outbox"), key=lambda row: row["position"])
        new = [row for row in rows if row["position"] > self._taken.get(id(service), 0)]
        if new:
            self._taken[id(service)] = new[-1]["position"]
        return [
            Event(row["subject"], row["headers"], bytes(row["payload"]))
            for row in new
            if row["headers"]["ce-type"] in border.crossings()
        ]


def receive(service: RunningService, event: Event) -> bool:
    """Let a service handle an event that came over the border. False if it had handled it before."""
    manifest = service.app.service
    reactions = manifest.reactions_from(BORDER)
    if not reactions:
        return False
    return handle_once(service.app, f"{manifest.name}-from-border", reactions, [event])[0]
