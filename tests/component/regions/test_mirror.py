"""The catalogue crosses the real border, and is rebuilt through it when everything is lost (PLT-4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from chassis import border
from chassis.app import App
from chassis.mirror import age
from chassis.worker import Worker
from cli.nats_server import NatsServer
from cli.processes import wait_until
from services.sales.manifest import SERVICE
from services.sales.products.store import products
from tests.component.chassis.conftest import HURRIED
from tests.component.chassis.three_regions import link, three_servers
from tests.component.chassis.two_services import PATIENCE
from tests.component.sales.catalogue import list_prices, price_book, product
from tests.running import RunningService
from tests.two_regions import TwoRegions

TABLES = ("products", "price_books", "price_book_entries")


@pytest.fixture
def servers(servers_folder: Path) -> Iterator[dict[str, NatsServer]]:
    with three_servers(servers_folder / "mirror", border.crossings()) as running:
        yield running


@pytest.fixture
def regions(
    run_service: Callable[..., RunningService], servers: dict[str, NatsServer]
) -> Iterator[TwoRegions]:
    """Sales at work in the hub and in emea, with real clocks; nobody carries anything by hand."""
    both = TwoRegions(SERVICE, run_service)
    workers = []
    for running in (both.hub, both.other):
        app = App(SERVICE, running.database, running.app.region, settings=running.app.settings)
        server = servers[app.region]
        workers.append(Worker([app], server.url, HURRIED, link(server)))
        workers[-1].start()
    yield both
    for worker in workers:
        worker.stop()


def alike(regions: TwoRegions) -> bool:
    """Whether both regions have the same prices, and some."""
    both = [regions.rows(table) for table in TABLES]
    return all(in_hub and in_hub == elsewhere for in_hub, elsewhere in both)


def test_it_crosses_and_comes_back_when_it_is_lost(regions: TwoRegions) -> None:
    ann, _ = regions.people("sales.*@all")
    book = price_book(ann)
    goods = [product(ann, f"SAN-{number}").id for number in range(150)]
    list_prices(ann, book.id, **dict.fromkeys(goods, 1000))
    assert wait_until(lambda: alike(regions), PATIENCE)

    with regions.other.database.writing() as connection:
        for table in TABLES:
            connection.execute(sa.delete(products.metadata.tables[table]))

    assert wait_until(lambda: alike(regions), PATIENCE)
    assert wait_until(lambda: age.seconds(regions.other.app) is not None, PATIENCE)
    assert regions.other.table("dead_letters") == regions.hub.table("dead_letters") == []
