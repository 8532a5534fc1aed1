"""What crosses comes over soon after a link was cut: all of it, each once, whoever dies meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from meridian.marketing.events.v1 import lead_events_pb2

from chassis import border, renewal, streams, watch
from chassis.app import App
from chassis.border import INCOMING
from chassis.broker import Broker, BrokerRefused
from chassis.manifest import Reaction, Service
from chassis.worker import BorderLink, Worker
from cli.processes import wait_until
from tests.component.chassis.conftest import HURRIED
from tests.component.chassis.linked import HUB, OTHER, Linked, two_servers
from tests.component.chassis.three_regions import CROSSINGS
from tests.component.chassis.two_services import announce, app_of, book, enter, marketing, sales

REGIONS = (HUB, OTHER)
#: Less than the 40 seconds that the server alone would take, had it asked when the link was cut.
SOON = 20.0


class Place:
    """A region: who announces leads, who enters those of both regions into a book, and its stream."""

    def __init__(self, region: str, linked: Linked, database_url: Callable[[], str]) -> None:
        across = (Reaction(lead_events_pb2.LeadCreated, enter, border=True),)
        listening = sales()
        listening = Service("sales", listening.folder, listening.metadata, (), across)
        server = linked.servers[region]
        self.announcer = app_of(marketing(), database_url(), region)
        self.listener = app_of(listening, database_url(), region)
        apps: list[App] = [self.announcer, self.listener]
        link = BorderLink(server.border_url, HUB, REGIONS)
        self._worker = Worker(apps, server.url, HURRIED, link)
        self._worker.start()
        self.broker = Broker(server.border_url, "onlooker")
        self.broker.start()
        assert wait_until(lambda: self.broker.connected, SOON)

    def stop(self) -> None:
        """End everything."""
        self._worker.stop()
        self.broker.close()
        for app in (self.announcer, self.listener):
            app.database.close()

    @property
    def stream(self) -> dict[str, Any] | None:
        """What NATS tells of the stream BORDER; None until a relay has made it."""
        try:
            return self.broker.api(f"STREAM.INFO.{INCOMING}")
        except BrokerRefused:
            return None

    @property
    def renewed(self) -> str:
        """When its sources were asked for anew; empty before."""
        found = self.stream or {"config": {}}
        return str(found["config"].get("metadata", {}).get("meridian_renewed", ""))

    def has_just(self, leads: set[str]) -> bool:
        """Whether these came, each once: into the book, and into the stream."""
        found = self.stream
        return (
            found is not None
            and found["state"]["messages"] == len(leads)
            and sorted(book(self.listener)) == sorted(leads)
        )


@pytest.fixture
def linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Linked]:
    monkeypatch.setattr(border, "crossings", lambda: CROSSINGS)
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(watch, "LONGEST_SILENCE", 2.5)
    monkeypatch.setattr(renewal, "PAUSE", 1.0)
    # What came over twice is not hidden by NATS.
    monkeypatch.setattr(streams, "DUPLICATE_WINDOW", timedelta(milliseconds=100))
    with two_servers(tmp_path) as running:
        yield running


@pytest.fixture
def begin(
    linked: Linked, empty_database_url: Callable[[], str]
) -> Iterator[Callable[[], dict[str, Place]]]:
    """Has both regions begin to work."""
    made: dict[str, Place] = {}

    def start() -> dict[str, Place]:
        made.update({each: Place(each, linked, empty_database_url) for each in REGIONS})
        return made

    yield start
    for place in made.values():
        place.stop()


def test_what_was_asked_for_while_the_link_was_cut_comes_over_soon(
    linked: Linked, begin: Callable[[], dict[str, Place]]
) -> None:
    linked.cut()
    places = begin()
    told = tell(places, "first", 10)
    assert wait_until(lambda: all(place.renewed for place in places.values()), SOON)

    linked.heal()
    assert wait_until(lambda: all(place.has_just(told) for place in places.values()), SOON)

    linked.cut()
    told |= tell(places, "second", 10)
    for place in places.values():
        for _ in range(2):
            assert wait_until(partial(differs, place, place.renewed), SOON)
    told |= tell(places, "third", 10)
    linked.heal()
    assert wait_until(lambda: all(place.has_just(told) for place in places.values()), SOON)
    assert book(places[HUB].listener) == book(places[OTHER].listener)


def test_whoever_dies_over_it_leaves_a_stream_that_is_put_in_order(
    begin: Callable[[], dict[str, Place]],
) -> None:
    places = begin()
    told = tell(places, "first", 3)
    assert wait_until(lambda: all(place.has_just(told) for place in places.values()), SOON)
    for place in places.values():
        config = place.stream["config"]
        here = [each for each in config["sources"] if "external" not in each]
        place.broker.api(f"STREAM.UPDATE.{INCOMING}", config | {"sources": here})

    told |= tell(places, "second", 3)

    assert wait_until(lambda: all(place.has_just(told) for place in places.values()), SOON)
    assert [place.stream["config"].get("subjects") for place in places.values()] == [None, None]


def differs(place: Place, before: str) -> bool:
    """Whether its sources were asked for since."""
    return place.renewed != before


def tell(places: dict[str, Place], word: str, number: int) -> set[str]:
    """Announce leads in each region; which."""
    told = {region: [f"lead_{region}_{word}_{each}" for each in range(number)] for region in places}
    for region, leads in told.items():
        announce(places[region].announcer, *leads)
    return {lead for leads in told.values() for lead in leads}
