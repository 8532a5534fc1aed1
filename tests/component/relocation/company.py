"""Two regions, between whose services a test carries what was announced, and takes the steps that are due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from chassis.border import crossings
from chassis.inbox import Event, handle_once
from chassis.manifest import BORDER
from chassis.relocation import source
from chassis.relocation.tables import RELOCATIONS
from cli.processes import wait_until
from tests.component.regions.region import RunningRegion
from tests.running import RunningService


@dataclass(frozen=True)
class _Announced:
    region: str
    service: str
    event: Event
    crosses: bool


class Company:
    """Both regions."""

    def __init__(self, *regions: RunningRegion) -> None:
        self.regions = {each.name: each for each in regions}
        self.is_cut = False
        """Whether the link is: what crosses waits until it is whole again."""
        self._heard: dict[tuple[str, str], int] = {}
        self._waiting: list[_Announced] = []

    def settle(self) -> None:
        """Take the steps that are due and carry what was announced, until nothing happens any more."""
        assert wait_until(lambda: not self.step() and not self._is_delayed(), 60)

    def step(self) -> int:
        """Take the steps that are due, then carry what was announced; how many events there were."""
        for service in self.keepers():
            source.advance(service.app)
        return self.carry()

    def carry(self) -> int:
        """Bring what was announced to whom it concerns, each event once; how many there were."""
        news = [each for running in self._running() for each in self._announced(*running)]
        for each in news:
            self._deliver(each.region, each.service, each.event)
        self._waiting += [each for each in news if each.crosses]
        crossing = [] if self.is_cut else self._waiting
        for each in crossing:
            for region in self.regions:
                self._deliver(region, BORDER, each.event)
        if not self.is_cut:
            self._waiting = []
        return len(news) + len(crossing)

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

    def _is_delayed(self) -> bool:
        return any(row["delay"] for each in self.keepers() for row in each.table(RELOCATIONS))

    def _deliver(self, region: str, source_name: str, event: Event) -> None:
        for name, running in self.regions[region].services.items():
            reactions = running.app.service.reactions_from(source_name)
            if any(event.is_a(each.event) for each in reactions):
                handle_once(running.app, f"{name}-from-{source_name}", reactions, [event])

    def _running(self) -> Iterator[tuple[str, RunningService]]:
        for region in self.regions.values():
            for running in region.services.values():
                yield region.name, running

    def _announced(self, region: str, running: RunningService) -> list[_Announced]:
        """What a service has announced since it was last asked."""
        name, outbox = running.app.service.name, running.app.service.metadata.tables["outbox"]
        heard = self._heard.get((region, name), 0)
        with running.app.reading() as tx:
            new = sa.select(outbox).where(outbox.c.position > heard).order_by(outbox.c.position)
            rows = tx.execute(new).all()
        if rows:
            self._heard[region, name] = rows[-1].position
        return [
            _Announced(
                region,
                name,
                Event(row.subject, row.headers, row.payload),
                row.headers["ce-type"] in crossings(),
            )
            for row in rows
        ]
