"""Waiting for something to become true."""

from __future__ import annotations

import pytest

from cli import processes
from cli.processes import wait_until


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.naps: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(processes, "time", made)
    return made


def test_what_is_true_is_not_waited_for(clock: Clock) -> None:
    assert wait_until(lambda: True, 5)
    assert clock.naps == []


def test_between_two_looks_it_pauses_as_long_as_it_is_told(clock: Clock) -> None:
    assert wait_until(lambda: clock.now >= 1.0, 5, pause=0.5)
    assert clock.naps == [0.5, 0.5]


def test_when_its_patience_ends_it_looks_once_more_and_gives_up(clock: Clock) -> None:
    looks: list[float] = []

    def never() -> bool:
        looks.append(clock.now)
        return False

    assert not wait_until(never, 2.0, pause=1.5)
    assert looks == [0.0, 1.5, 2.0]
