"""The supervisor starts again what dies, gives up on what never gets ready, and stops in order."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from cli.failure import Failure
from cli.processes import Fork, wait_until
from cli.supervisor import Role, Supervisor


def until_told(name: str, log: Path) -> None:
    """A child that writes down when it begins and when it is told to end."""

    def end(*_: object) -> None:
        _write(log, f"{name} ends")
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
    _write(log, f"{name} begins")
    while True:
        signal.pause()


def _write(log: Path, line: str) -> None:
    with log.open("a") as output:
        output.write(line + "\n")


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def role(name: str, stage: int, log: Path) -> Role:
    return Role(
        name,
        stage,
        partial(Fork, partial(until_told, name, log)),
        lambda: f"{name} begins" in lines(log),
    )


def supervise(roles: list[Role], then: Callable[[], None]) -> None:
    """What `meridian up` does with them, in a process of its own as it needs the main thread."""
    supervisor = Supervisor()
    with supervisor.signals():
        supervisor.start(roles)
        supervisor.wait_until_ready(20)
        threading.Thread(target=then).start()
        supervisor.watch()
        supervisor.stop()


def test_the_highest_stage_ends_first(tmp_path: Path) -> None:
    log = tmp_path / "log"
    roles = [role("gateway", 2, log), role("serve", 1, log), role("database", 0, log)]

    supervise(roles, lambda: os.kill(os.getpid(), signal.SIGTERM))

    assert sorted(lines(log)[:3]) == ["database begins", "gateway begins", "serve begins"]
    assert lines(log)[3:] == ["gateway ends", "serve ends", "database ends"]


def test_what_dies_is_started_again(tmp_path: Path) -> None:
    log, pids = tmp_path / "log", []

    def start() -> Fork:
        pids.append(Fork(partial(until_told, "serve", log)))
        return pids[-1]

    def kill_then_stop() -> None:
        os.kill(pids[0].pid, signal.SIGKILL)
        assert wait_until(lambda: lines(log).count("serve begins") == 2, 20)
        os.kill(os.getpid(), signal.SIGTERM)

    supervise([Role("serve", 0, start, lambda: "serve begins" in lines(log))], then=kill_then_stop)

    assert lines(log) == ["serve begins", "serve begins", "serve ends"]
    assert pids[0].poll() == -signal.SIGKILL
    assert pids[1].poll() == 0


def test_what_ends_before_it_is_ready_is_named() -> None:
    def fail() -> None:
        raise SystemExit(3)

    supervisor = Supervisor()
    supervisor.start([Role("serve", 0, partial(Fork, fail), lambda: False)])

    with pytest.raises(Failure, match="serve ended with code 3 before it was ready"):
        supervisor.wait_until_ready(20)


def test_what_does_not_get_ready_is_named(tmp_path: Path) -> None:
    supervisor = Supervisor()
    slow = role("slow", 0, tmp_path / "log")
    supervisor.start([Role("slow", 0, slow.start, lambda: False)])

    with pytest.raises(Failure, match="not ready after 0 seconds: slow"):
        supervisor.wait_until_ready(0)
    supervisor.stop()


def test_who_does_not_end_when_told_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def deaf() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _write(log, "deaf begins")
        while True:
            signal.pause()

    forks = []

    def start() -> Fork:
        forks.append(Fork(deaf))
        return forks[-1]

    supervisor = Supervisor()
    supervisor.start([Role("deaf", 0, start, lambda: bool(lines(log)), patience=0.1)])
    supervisor.wait_until_ready(20)

    supervisor.stop()

    assert forks[0].poll() == -signal.SIGKILL
