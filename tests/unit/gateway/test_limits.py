"""Rates by token bucket, places by priority."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from cli.processes import wait_until
from gateway.limits import Admission, Priority, RateLimit
from gateway.problems import Refusal


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_client_may_burst_then_go_on_at_its_rate() -> None:
    clock = Clock()
    limit = RateLimit(rate=2, burst=3, clock=clock)
    for _ in range(3):
        limit.take("a")
    with pytest.raises(Refusal) as caught:
        limit.take("a")
    assert (caught.value.status, caught.value.reason) == (429, "RATE_LIMITED")
    limit.take("b")
    clock.now = 0.5
    limit.take("a")
    with pytest.raises(Refusal):
        limit.take("a")
    clock.now = 100.0
    assert [limit.take("a")[1][1] for _ in range(3)] == [
        '"client";r=2;t=1',
        '"client";r=1;t=1',
        '"client";r=0;t=1',
    ]


def waiting(count: Callable[[], int], wanted: int) -> None:
    assert wait_until(lambda: count() == wanted, 10, pause=0.001), "nobody came to wait"


def test_changes_go_before_reads_that_came_first() -> None:
    admission = Admission(running=1, waiting=4, patience=10)
    admission.enter(Priority.WRITE)
    order: list[Priority] = []

    def work(priority: Priority) -> None:
        admission.enter(priority)
        order.append(priority)
        admission.leave(priority)

    threads = []
    for number, priority in enumerate([Priority.LIST, Priority.READ, Priority.WRITE], start=1):
        threads.append(threading.Thread(target=work, args=(priority,)))
        threads[-1].start()
        waiting(lambda: admission.queued, number)
    admission.leave(Priority.WRITE)
    for thread in threads:
        thread.join()
    assert order == [Priority.WRITE, Priority.READ, Priority.LIST]
    assert admission.queued == 0


def test_who_waits_too_long_is_sent_away_and_leaves_no_trace() -> None:
    admission = Admission(running=1, waiting=4, patience=0.01)
    admission.enter(Priority.READ)
    with pytest.raises(Refusal) as caught:
        admission.enter(Priority.READ)
    assert (caught.value.status, caught.value.reason) == (503, "OVERLOADED")
    admission.leave(Priority.READ)
    admission.enter(Priority.READ)


def test_a_full_waiting_room_sends_lists_away_first() -> None:
    admission = Admission(running=1, waiting=2, patience=10)
    admission.enter(Priority.WRITE)
    thread = threading.Thread(target=admission.enter, args=(Priority.READ,))
    thread.start()
    waiting(lambda: admission.queued, 1)
    with pytest.raises(Refusal):
        admission.enter(Priority.LIST)
    with pytest.raises(Refusal):
        admission.enter(Priority.READ)
    admission.leave(Priority.WRITE)
    thread.join()


def test_files_take_half_of_the_places_at_most() -> None:
    admission = Admission(running=4, waiting=4, patience=10)
    admission.enter(Priority.BULK)
    admission.enter(Priority.BULK)
    with pytest.raises(Refusal):
        admission.enter(Priority.BULK)
    admission.enter(Priority.READ)
    admission.leave(Priority.BULK)
    admission.enter(Priority.BULK)
