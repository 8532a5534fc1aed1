"""What cannot be handled is tried again, then kept, and can be replayed or discarded; never dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from meridian.marketing.events.v1 import lead_events_pb2

from chassis import dead_letters
from chassis.app import App, Transaction
from chassis.errors import NotFound, Refused, Unavailable
from chassis.manifest import Service
from chassis.worker import Worker
from cli.processes import wait_until
from tests.component.chassis.two_services import (
    PATIENCE,
    announce,
    book,
    count,
    enter,
    sales,
    unpublished,
)

Work = Callable[..., Worker]


class Clerk:
    """Enters leads into the book, except while told to raise something; counts the attempts.

    trouble is raised at each attempt, trouble_once at the first alone.
    """

    def __init__(self) -> None:
        self.trouble: dict[str, Exception] = {}
        self.trouble_once: dict[str, Exception] = {}
        self.attempts: dict[str, int] = {}

    def __call__(self, tx: Transaction, event: lead_events_pb2.LeadCreated) -> None:
        self.attempts[event.lead_id] = self.attempts.get(event.lead_id, 0) + 1
        enter(tx, event)
        if event.lead_id in self.trouble:
            raise self.trouble[event.lead_id]
        if event.lead_id in self.trouble_once:
            raise self.trouble_once.pop(event.lead_id)


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture
def listener(app: Callable[[Service], App], clerk: Clerk) -> Iterator[App]:
    """Sales, whose clerk may fail."""
    return app(sales(clerk))


def test_an_event_that_keeps_failing_becomes_a_dead_letter_and_the_next_ones_are_handled(
    announcer: App, listener: App, work: Work, clerk: Clerk
) -> None:
    clerk.trouble["lead_bad"] = LookupError("no such campaign")
    work(announcer, listener)
    announce(announcer, "lead_1", "lead_bad", "lead_2")
    assert wait_until(lambda: len(dead_letters.unsettled(listener)) == 1, PATIENCE)
    assert wait_until(lambda: len(book(listener)) == 2, PATIENCE)
    (letter,) = dead_letters.unsettled(listener)
    assert book(listener) == ["lead_1", "lead_2"]
    assert letter.consumer == "sales-from-marketing"
    assert letter.attempts == 3
    assert lead_events_pb2.LeadCreated.FromString(letter.payload).lead_id == "lead_bad"
    assert "LookupError: no such campaign" in letter.error
    assert letter.resolution == ""


def test_an_event_that_fails_at_first_is_handled_once(
    announcer: App, listener: App, work: Work, clerk: Clerk
) -> None:
    clerk.trouble_once["lead_1"] = LookupError()
    work(announcer, listener)
    announce(announcer, "lead_1")
    assert wait_until(lambda: book(listener) == ["lead_1"], PATIENCE)
    assert clerk.attempts == {"lead_1": 2}
    assert dead_letters.unsettled(listener) == []


def test_a_database_that_is_away_costs_no_attempt(
    announcer: App, listener: App, work: Work, clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.consumer._WAIT_FOR_DATABASE", 0.01)
    clerk.trouble["lead_1"] = Unavailable("DATABASE_UNAVAILABLE")
    work(announcer, listener)
    announce(announcer, "lead_1")
    assert wait_until(lambda: clerk.attempts.get("lead_1", 0) >= 6, PATIENCE)
    clerk.trouble.clear()
    assert wait_until(lambda: book(listener) == ["lead_1"], PATIENCE)
    assert dead_letters.unsettled(listener) == []


@pytest.fixture
def letter(announcer: App, listener: App, work: Work, clerk: Clerk) -> dead_letters.DeadLetter:
    """A dead letter whose cause has been mended."""
    clerk.trouble["lead_1"] = LookupError()
    work(announcer, listener)
    announce(announcer, "lead_1")
    assert wait_until(lambda: dead_letters.count_unsettled(listener) == 1, PATIENCE)
    clerk.trouble.clear()
    return dead_letters.unsettled(listener)[0]


def test_replay_handles_the_event_once(letter: dead_letters.DeadLetter, listener: App) -> None:
    dead_letters.replay(listener, letter.id)
    assert book(listener) == ["lead_1"]
    assert dead_letters.get(listener, letter.id).resolution == "replayed"
    with pytest.raises(Refused):
        dead_letters.replay(listener, letter.id)
    with pytest.raises(Refused):
        dead_letters.discard(listener, letter.id, "not needed")
    assert book(listener) == ["lead_1"]
    assert dead_letters.unsettled(listener) == []


def test_a_replay_that_fails_leaves_the_letter_unsettled(
    letter: dead_letters.DeadLetter, listener: App, clerk: Clerk
) -> None:
    clerk.trouble["lead_1"] = LookupError()
    with pytest.raises(LookupError):
        dead_letters.replay(listener, letter.id)
    assert book(listener) == []
    assert dead_letters.unsettled(listener) == [letter]


def test_discard_settles_with_a_reason(letter: dead_letters.DeadLetter, listener: App) -> None:
    dead_letters.discard(listener, letter.id, "a test lead")
    settled = dead_letters.get(listener, letter.id)
    assert settled.resolution == "discarded: a test lead"
    assert settled.resolve_time is not None
    assert book(listener) == []
    with pytest.raises(NotFound):
        dead_letters.discard(listener, "dead_na_none", "unknown")


def test_a_dead_letter_does_not_come_again_when_its_event_does(
    letter: dead_letters.DeadLetter, announcer: App, listener: App
) -> None:
    outbox = announcer.service.metadata.tables["outbox"]
    with announcer.transaction() as tx:
        tx.execute(sa.update(outbox).values(publish_time=None, event_id=outbox.c.event_id))
    announce(announcer, "lead_2")
    assert wait_until(lambda: book(listener) == ["lead_2"], PATIENCE)
    assert wait_until(lambda: unpublished(announcer) == 0, PATIENCE)
    assert count(listener, "dead_letters") == 1
