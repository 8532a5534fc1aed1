"""Events on the databases that lack PostgreSQL's means: the same promises."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from chassis.app import App
from chassis.leases import Leases
from chassis.worker import Worker
from cli.processes import wait_until
from tests.component.chassis.two_services import (
    PATIENCE,
    announce,
    app_of,
    book,
    marketing,
    sales,
    unpublished,
    wipe,
)
from tests.mariadb import MariaDb

Work = Callable[..., Worker]
Pair = tuple[App, App]


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.mariadb)])
def pair(request: pytest.FixtureRequest, tmp_path: Path, region: str) -> Pair:
    """Marketing and sales on an engine."""

    def url(name: str) -> str:
        if request.param == "sqlite":
            return f"sqlite:///{tmp_path}/{name}.db"
        server: MariaDb = request.getfixturevalue("mariadb_server")
        server.execute(f"CREATE DATABASE {name}_{region}")
        return server.url(f"{name}_{region}")

    return (
        app_of(marketing(), url("marketing"), region),
        app_of(sales(), url("sales"), region),
    )


def test_events_are_handled_once_and_in_order(pair: Pair, work: Work, nats_url: str) -> None:
    announcer, listener = pair
    leads = [f"lead_{n}" for n in range(50)]
    first = work(announcer, listener)
    work(announcer, listener)
    announce(announcer, *leads[:20])
    assert wait_until(lambda: len(book(listener)) >= 20, PATIENCE)
    first.stop()
    wipe(nats_url, announcer)
    for lead in leads[20:]:
        announce(announcer, lead)
    assert wait_until(lambda: len(book(listener)) >= len(leads), PATIENCE)
    assert wait_until(lambda: unpublished(announcer) == 0, PATIENCE)
    assert book(listener) == leads


def test_one_process_at_a_time_has_a_duty(pair: Pair) -> None:
    stops = [threading.Event(), threading.Event()]
    rivals = [Leases("marketing", pair[0].database, ["relay"]) for _ in stops]
    threads = [
        threading.Thread(target=rival.run, args=(stop,))
        for rival, stop in zip(rivals, stops, strict=True)
    ]
    for thread in threads:
        thread.start()
    assert wait_until(lambda: any(rival.holds("relay") for rival in rivals), PATIENCE)
    holder = 0 if rivals[0].holds("relay") else 1
    assert not rivals[1 - holder].wait_for("relay", 0.6)
    stops[holder].set()
    assert rivals[1 - holder].wait_for("relay", PATIENCE)
    stops[1 - holder].set()
    for thread in threads:
        thread.join()
