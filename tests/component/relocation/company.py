"""Two regions, between whose services a test carries what was announced, and takes the steps that are due."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from google.protobuf.message import Message

from chassis.border import crossings
from chassis.inbox import Event, handle_once
from chassis.manifest import BORDER
from chassis.outbox import subject_of
from chassis.relocation import source
from tests.component.regions.region import RunningRegion
from tests.running import RunningService


class Company:
    """Both regions."""

    def __init__(self, *regions: RunningRegion) -> None:
        self.regions = {each.name: each for each in regions}
        self._carried: set[str] = set()
        self._cut = False

    def tell(self, region: str, *events: Message, origin: str = "") -> None:
        """Have the services of a region hear this from directory, as it is announced there."""
        headers = {"ce-region": origin or region}
        for event in events:
            told = Event(subject_of(type(event), region), headers, event.SerializeToString())
            self._deliver(region, "directory", told)

    def settle(self, rounds: int = 20) -> None:
        """Carry what was announced and take the steps that are due, until nothing happens any more."""
        for _ in range(rounds):
            for service in self._services():
                if service.app.service.estate.belongings or service.app.service.name != "directory":
                    source.advance(service.app)
            if not self.carry():
                return
        raise AssertionError(f"still something to carry after {rounds} rounds")

    def carry(self) -> int:
        """Bring what was announced to whom it concerns, each event once; how many there were."""
        news = list(self._announced())
        for region, service, event, crosses in news:
            self._deliver(region, service, event)
            for other in self.regions if crosses and not self._cut else ():
                self._deliver(other, BORDER, event)
        return len(news)

    def later(self, region: str, service: str) -> None:
        """Let the time come at which what left is looked at again."""
        app = self.regions[region].services[service].app
        table = app.service.metadata.tables["relocations"]
        with app.transaction() as tx:
            waiting = table.c.due_time.is_not(None)
            tx.execute(sa.update(table).where(waiting).values(due_time=tx.now))

    def _services(self) -> Iterator[RunningService]:
        for region in self.regions.values():
            yield from region.services.values()

    def _deliver(self, region: str, source_name: str, event: Event) -> None:
        for name, running in self.regions[region].services.items():
            reactions = running.app.service.reactions_from(source_name)
            if any(event.is_a(each.event) for each in reactions):
                handle_once(running.app, f"{name}-from-{source_name}", reactions, [event])

    def _announced(self) -> Iterator[tuple[str, str, Event, bool]]:
        for region in self.regions.values():
            for name, running in region.services.items():
                for row in sorted(running.table("outbox"), key=lambda each: each["position"]):
                    if row["event_id"] not in self._carried:
                        self._carried.add(row["event_id"])
                        event = Event(row["subject"], row["headers"], row["payload"])
                        yield region.name, name, event, row["headers"]["ce-type"] in crossings()


def announced(running: RunningService, kind: type[Message]) -> list[Any]:
    """The events of this kind that a service announced, in order."""
    rows = sorted(running.table("outbox"), key=lambda row: row["position"])
    full_name = kind.DESCRIPTOR.full_name
    return [
        kind.FromString(row["payload"]) for row in rows if row["headers"]["ce-type"] == full_name
    ]
