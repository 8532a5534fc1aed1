"""What crosses the border between regions: all that is listed, once, in one order; and nothing else."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nats
import pytest
from meridian.marketing.events.v1 import lead_events_pb2
from nats.aio.msg import Msg
from prometheus_client import REGISTRY

from chassis import watch
from chassis.app import App
from chassis.manifest import Reaction, Service
from chassis.worker import Worker
from cli.nats_server import NatsServer
from cli.processes import wait_until
from tests.component.chassis.conftest import HURRIED
from tests.component.chassis.three_regions import REGIONS, link, three_servers
from tests.component.chassis.two_services import (
    PATIENCE,
    announce,
    app_of,
    book,
    enter,
    marketing,
    sales,
)


@dataclass(frozen=True)
class Place:
    """A region: who announces leads and who enters those of all regions into a book."""

    announcer: App
    listener: App


@pytest.fixture(scope="module")
def servers(servers_folder: Path) -> Iterator[dict[str, NatsServer]]:
    with three_servers(servers_folder / "border") as running:
        yield running


@pytest.fixture
def places(
    servers: dict[str, NatsServer], empty_database_url: Callable[[], str]
) -> Iterator[dict[str, Place]]:
    """All three regions at work."""
    made, workers = {}, []
    for region, server in servers.items():
        listening = sales()
        across = (Reaction(lead_events_pb2.LeadCreated, enter, border=True),)
        listening = Service("sales", listening.folder, listening.metadata, (), across)
        place = Place(
            app_of(marketing(), empty_database_url(), region),
            app_of(listening, empty_database_url(), region),
        )
        made[region] = place
        apps = (place.announcer, place.listener)
        workers.append(Worker(apps, server.url, HURRIED, link(server)))
        workers[-1].start()
    yield made
    for worker in workers:
        worker.stop()
    for place in made.values():
        place.announcer.database.close()
        place.listener.database.close()


def test_every_region_hears_all_once_and_in_one_order(places: dict[str, Place]) -> None:
    announced = {f"lead_{region}_{number}" for region in REGIONS for number in range(20)}

    for number in range(20):
        for region, place in places.items():
            announce(place.announcer, f"lead_{region}_{number}")

    books = {region: place.listener for region, place in places.items()}
    assert wait_until(lambda: all(len(book(app)) == 60 for app in books.values()), PATIENCE)
    assert set(book(books["na"])) == announced
    assert book(books["na"]) == book(books["emea"]) == book(books["apac"])


@pytest.mark.usefixtures("places")
def test_whether_the_links_hold_is_told(
    servers: dict[str, NatsServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LONGEST_SILENCE", 4.0)
    assert wait_until(lambda: all(_told_up(region) == 1 for region in REGIONS), PATIENCE)
    emea = int((servers["emea"].folder / "nats.pid").read_text())
    os.kill(emea, signal.SIGSTOP)
    try:
        assert wait_until(lambda: _told_up("emea") == 0, PATIENCE)
        assert _told_up("apac") == 1
    finally:
        os.kill(emea, signal.SIGCONT)
    assert wait_until(lambda: _told_up("emea") == 1, PATIENCE)


@pytest.mark.parametrize(
    "subject",
    [
        "meridian.emea.sales.account.created.v1",
        "meridian.na.marketing.lead.created.v1",
        "meridian.emea.marketing.lead.worked.v1",
    ],
    ids=["not listed", "of another region", "the hub's alone"],
)
def test_what_may_not_cross_is_refused_by_nats_itself(
    servers: dict[str, NatsServer], subject: str
) -> None:
    assert asyncio.run(_publish(servers["emea"].border_url, subject)) == (
        f'nats: permissions violation for publish to "{subject}"'
    )


def test_what_a_region_keeps_is_not_heard_behind_the_border(
    servers: dict[str, NatsServer], places: dict[str, Place]
) -> None:
    heard = asyncio.run(_overhear(servers, places["emea"].announcer, places["na"].listener))

    assert heard == {
        "na, region": [],
        "na, border": ["meridian.emea.marketing.lead.created.v1"],
        "emea, region": ["meridian.emea.kept.v1", "meridian.emea.marketing.lead.created.v1"],
    }


def _told_up(peer: str) -> float | None:
    return REGISTRY.get_sample_value("meridian_border_link_up", {"peer": peer})


async def _publish(url: str, subject: str) -> str:
    """Publish as the border's user, and say what NATS complains of."""
    complaint: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def note(error: Exception) -> None:
        complaint.set_result(str(error))

    connection = await nats.connect(url, error_cb=note)
    await connection.publish(subject, b"")
    said = await asyncio.wait_for(complaint, 10)
    await connection.close()
    return said


async def _overhear(
    servers: dict[str, NatsServer], announcer: App, listener: App
) -> dict[str, list[str]]:
    """What those with all rights hear in each account while emea says one thing and announces another."""
    ears = {"na, region": servers["na"].url, "emea, region": servers["emea"].url}
    heard: dict[str, list[str]] = {name: [] for name in ears}
    connections = []
    for name, url in ears.items():

        async def note(message: Msg, name: str = name) -> None:
            heard[name].append(message.subject)

        connections.append(await nats.connect(url))
        await connections[-1].subscribe("meridian.>", cb=note)
        await connections[-1].flush()
    await connections[-1].publish("meridian.emea.kept.v1", b"")
    await asyncio.to_thread(announce, announcer, "lead_emea_heard")
    arrived = await asyncio.to_thread(
        wait_until, lambda: "lead_emea_heard" in book(listener), PATIENCE
    )
    assert arrived
    for connection in connections:
        await connection.close()
    reader = await nats.connect(servers["na"].border_url)
    stream = reader.jetstream()
    messages = await stream.stream_info("BORDER")
    last = await stream.get_msg("BORDER", seq=messages.state.last_seq)
    heard["na, border"] = [last.subject or ""]
    await reader.close()
    return heard
