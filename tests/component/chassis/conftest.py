"""Workers for the two small services, each test in a region of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from chassis.app import App
from chassis.manifest import Service
from chassis.worker import Worker, WorkOptions
from tests.component.chassis.two_services import app_of, marketing, sales

_regions = itertools.count(1)

#: Failures are retried at once.
HURRIED = WorkOptions(retry_delays=(0.01, 0.01))


@pytest.fixture
def region() -> str:
    """A region that no other test of this process uses."""
    return f"r{next(_regions)}"


@pytest.fixture
def app(empty_database_url: Callable[[], str], region: str) -> Iterator[Callable[[Service], App]]:
    """Makes apps, each on a PostgreSQL database of its own."""
    made: list[App] = []

    def make(service: Service) -> App:
        made.append(app_of(service, empty_database_url(), region))
        return made[-1]

    yield make
    for one in made:
        one.database.close()


@pytest.fixture
def announcer(app: Callable[[Service], App]) -> App:
    """Marketing."""
    return app(marketing())


@pytest.fixture
def listener(app: Callable[[Service], App]) -> App:
    """Sales."""
    return app(sales())


@pytest.fixture
def work(nats_url: str) -> Iterator[Callable[..., Worker]]:
    """Starts workers for apps."""
    running: list[Worker] = []

    def start(*apps: App) -> Worker:
        running.append(Worker(apps, nats_url, HURRIED))
        running[-1].start()
        return running[-1]

    yield start
    for worker in running:
        worker.stop()
