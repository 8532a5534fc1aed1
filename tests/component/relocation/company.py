"""Two regions, between whose services a test carries what was announced, and takes the steps that are due."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from chassis.border import crossings
from chassis.errors import Refused
from chassis.inbox import Event, handle_once
from chassis.manifest import BORDER, Reaction
from chassis.relocation import source
from chassis.relocation.tables import RELOCATIONS
from cli.processes import wait_until
from tests.component.regions.region import RunningRegion
from tests.running import RunningService


@dataclass
class Consumer:
    """A service that hears another of its region, or all regions, in the order in which they told."""

    running: RunningService
    source: str
    waiting: deque[Event] = field(default_factory=deque)
    letters: set[str] = field(default_factory=set)
    """The ids of dead letters."""

    def hear(self, event: Event) -> None:
        """Have it wait, if it concerns this service."""
        if event.id not in self.letters and self._is_concerned(event):
            self.waiting.append(event)

    def handle(self, event: Event) -> None:
        """What the service's worker does with an event, however often it comes."""
        name = f"{self.running.app.service.name}-from-{self.source}"
        handle_once(self.running.app, name, self._reactions, [event])

    def try_to_handle(self, event: Event) -> list[str]:
        """Handle an event if it concerns this service; why that was refused, if it was."""
        if event.id in self.letters or not self._is_concerned(event):
            return []
        try:
            self.handle(event)
        except Refused as refusal:
            self.letters.add(event.id)
            return [f"{self.running.app.service.name} {refusal.reason}"]
        return []

    def _is_concerned(self, event: Event) -> bool:
        return any(event.is_a(each.event) for each in self._reactions)

    @property
    def _reactions(self) -> list[Reaction]:
        return self.running.app.service.reactions_from(self.source)


class Company:
    """Both regions."""

    def __init__(self, *regions: RunningRegion) -> None:
        self.regions = {each.name: each for each in regions}
        self.is_cut = False
        """Whether the link is: what crosses waits until it is whole again."""
        self.crossed: list[Event] = []
        """All that regions ever told each other, as their streams have it."""
        self._heard: dict[tuple[str, str], int] = {}
        self._consumers = {
            region.name: [
                Consumer(running, each)
                for running in region.services.values()
                for each in running.app.service.sources()
            ]
            for region in regions
        }

    def settle(self) -> None:
        """Take the steps that are due and carry what was announced, until nothing happens any more."""
        assert wait_until(lambda: not self.step() and not self.is_under_way(), 60)

    def step(self) -> int:
        """Take the steps that are due, then carry what was announced; how many events there were."""
        for service in self.keepers():
            source.advance(service.app)
        return self.carry()

    def carry(self) -> int:
        """Bring what was announced to whom it concerns, each event once; how many times that was."""
        handled = 0
        for consumer in self.consumers():
            while consumer.waiting:
                consumer.handle(consumer.waiting.popleft())
                handled += 1
        return handled

    def consumers(self) -> list[Consumer]:
        """Those that have something to handle and are not cut off."""
        for region, running in self._running():
            for event in self._announced(region, running):
                self._tell(region, running.app.service.name, event)
        return [
            each
            for consumers in self._consumers.values()
            for each in consumers
            if each.waiting and not (self.is_cut and each.source == BORDER)
        ]

    def tell_again(self, region: str) -> list[str]:
        """Have a region that was restored hear all that ever crossed, and tell what it remembers.

        The reasons for which something of that cannot be done there, and would be a dead letter.
        """
        for name in self.regions[region].services:
            self._heard.pop((region, name), None)
        letters = []
        for consumer in self._consumers[region]:
            consumer.waiting.clear()
        for event in list(self.crossed):
            for consumer in self._consumers[region]:
                if consumer.source == BORDER:
                    letters += consumer.try_to_handle(event)
        return letters

    def later(self) -> None:
        """Let the time come at which what waits is looked at again."""
        for running in self.keepers():
            table = running.app.service.metadata.tables[RELOCATIONS]
            with running.app.transaction() as tx:
                waiting = table.c.due_time.is_not(None)
                tx.execute(sa.update(table).where(waiting).values(due_time=tx.now))

    def keepers(self) -> Iterator[RunningService]:
        """The services that keep something of customers."""
        for _, running in self._running():
            if RELOCATIONS in running.app.service.metadata.tables:
                yield running

    def is_under_way(self) -> bool:
        """Whether some part has something to do, by itself."""
        rows = [row for each in self.keepers() for row in each.table(RELOCATIONS)]
        return any(row["state"] in ("copying", "departing") or row["delay"] for row in rows)

    def _tell(self, region: str, source_name: str, event: Event) -> None:
        """Have it wait for its consumers; what crosses, for those of all regions too."""
        crosses = event.headers["ce-type"] in crossings()
        if crosses:
            self.crossed.append(event)
        for name, consumers in self._consumers.items():
            for each in consumers:
                if (name == region and each.source == source_name) or (
                    crosses and each.source == BORDER
                ):
                    each.hear(event)

    def _running(self) -> Iterator[tuple[str, RunningService]]:
        for region in self.regions.values():
            for running in region.services.values():
                yield region.name, running

    def _announced(self, region: str, running: RunningService) -> list[Event]:
        """What a service has announced since it was last asked."""
        name, outbox = running.app.service.name, running.app.service.metadata.tables["outbox"]
        heard = self._heard.get((region, name), 0)
        with running.app.reading() as tx:
            new = sa.select(outbox).where(outbox.c.position > heard).order_by(outbox.c.position)
            rows = tx.execute(new).all()
        if rows:
            self._heard[region, name] = rows[-1].position
        return [Event(row.subject, row.headers, row.payload) for row in rows]
