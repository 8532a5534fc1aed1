"""Outages are told of once, and not at all while a region is still starting."""

from __future__ import annotations

import logging

import pytest

from chassis.outages import STARTING_SECONDS, Outage

log = logging.getLogger("test_outages")


class Clock:
    """Stands still until it is set."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outage(clock: Clock, caplog: pytest.LogCaptureFixture) -> Outage:
    caplog.set_level(logging.INFO)
    return Outage(log, "sales: relay", clock)


def test_what_has_not_begun_yet_is_no_trouble(
    outage: Outage, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    outage.note(OSError("stream not found"))
    clock.now += STARTING_SECONDS - 0.1
    outage.note(OSError("stream not found"))
    outage.over()

    assert caplog.messages == []


def test_what_does_not_begin_is_reported_once(
    outage: Outage, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    outage.note(OSError("stream not found"))
    clock.now += STARTING_SECONDS
    outage.note(OSError("stream not found"))
    outage.note(OSError("stream not found"))

    assert caplog.messages == ["sales: relay waits: OSError: stream not found"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_what_has_worked_is_reported_at_once_with_each_new_reason_and_its_end(
    outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    outage.over()
    outage.note(OSError("gone"))
    outage.note(OSError("gone"))
    outage.note(OSError("refused"))
    outage.over()
    outage.over()

    assert caplog.messages == [
        "sales: relay waits: OSError: gone",
        "sales: relay waits: OSError: refused",
        "sales: relay goes on",
    ]
