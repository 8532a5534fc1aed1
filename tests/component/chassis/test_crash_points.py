"""A worker killed at any point of an event's way loses nothing and doubles nothing."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chassis import crash_points
from chassis.app import App
from chassis.database import Database
from chassis.worker import Worker
from cli.processes import Fork, Process, kill_group, wait_until
from tests.component.chassis.two_services import (
    PATIENCE,
    announce,
    book,
    unpublished,
)

LEADS = [f"lead_{n}" for n in range(40)]


@pytest.fixture
def worker_process(nats_url: str) -> Iterator[Callable[[Path, App, App], Process]]:
    """Forks a worker for two apps that dies at the point for which a fuse lies in the folder."""
    forks: list[Process] = []

    def start(fuses: Path, *apps: App) -> Process:
        def live() -> None:
            crash_points.arm(fuses)
            copies = [App(app.service, Database(_url(app)), app.region) for app in apps]
            Worker(copies, nats_url).start()
            signal.pause()

        forks.append(Fork(live))
        return forks[-1]

    yield start
    for fork in forks:
        kill_group(fork)
        assert wait_until(lambda fork=fork: fork.poll() is not None, PATIENCE)


def _url(app: App) -> str:
    return app.database.engine.url.render_as_string(hide_password=False)


@pytest.mark.parametrize(
    "point",
    [name for name in crash_points.NAMES if name.partition(".")[0] in ("relay", "consumer")],
)
def test_dying_at_a_crash_point(
    point: str,
    announcer: App,
    listener: App,
    tmp_path: Path,
    worker_process: Callable[..., Process],
) -> None:
    (tmp_path / point).touch()
    announce(announcer, *LEADS[:20])
    doomed = worker_process(tmp_path, announcer, listener)
    assert wait_until(lambda: doomed.poll() is not None, PATIENCE)
    assert doomed.poll() == -signal.SIGKILL
    worker_process(tmp_path, announcer, listener)
    for lead in LEADS[20:]:
        announce(announcer, lead)
    assert wait_until(lambda: len(book(listener)) >= len(LEADS), 3 * PATIENCE)
    assert sorted(book(listener)) == sorted(LEADS)
    assert wait_until(lambda: unpublished(announcer) == 0, PATIENCE)


def test_a_transaction_that_dies_before_its_commit_leaves_nothing(
    announcer: App, tmp_path: Path
) -> None:
    (tmp_path / "transaction.before_commit").touch()
    _announce_and_die(announcer, tmp_path)
    assert unpublished(announcer) == 0


def test_a_transaction_that_dies_after_its_commit_keeps_its_event(
    announcer: App, tmp_path: Path
) -> None:
    (tmp_path / "transaction.after_commit").touch()
    _announce_and_die(announcer, tmp_path)
    assert unpublished(announcer) == 1


def _announce_and_die(app: App, fuses: Path) -> None:
    def live() -> None:
        crash_points.arm(fuses)
        announce(App(app.service, Database(_url(app)), app.region), "lead_1")

    fork = Fork(live)
    assert wait_until(lambda: fork.poll() is not None, PATIENCE)
    assert fork.poll() == -signal.SIGKILL
    assert list(fuses.iterdir()) == []
