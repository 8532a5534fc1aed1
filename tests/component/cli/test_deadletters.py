"""Dead letters from the command line: seen, explained, settled once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from meridian.marketing.events.v1 import lead_events_pb2

from chassis import dead_letters
from chassis.app import App
from chassis.configuration import parse
from chassis.database import Database
from chassis.inbox import Event
from chassis.manifest import Service
from chassis.outbox import subject_of
from chassis.settings import Settings
from cli import deadletters
from cli.failure import Failure
from services.sales.manifest import SERVICE


@pytest.fixture
def settings(service_database_url: Callable[[Service], str]) -> Settings:
    return parse({"MERIDIAN_DATABASE_URL_SALES": service_database_url(SERVICE)})


@pytest.fixture
def app(settings: Settings) -> Iterator[App]:
    made = App(SERVICE, Database(settings.services["sales"].database_url))
    yield made
    made.database.close()


@pytest.fixture
def letter_id(app: App) -> str:
    """A letter about an event to which sales no longer reacts."""
    event = lead_events_pb2.LeadQualified(lead_id="lead_na_1")
    headers = {"ce-id": "event-1", "ce-type": event.DESCRIPTOR.full_name}
    subject = subject_of(lead_events_pb2.LeadQualified, "na")
    error = ValueError("no such account")
    received = Event(subject, headers, event.SerializeToString())
    dead_letters.bury(app, "sales-from-marketing", received, 5, error)
    (letter,) = dead_letters.unsettled(app)
    return letter.id


def test_the_list_says_what_and_why(
    settings: Settings, letter_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    deadletters.list_unsettled(settings, "sales")

    line = capsys.readouterr().out
    assert line.startswith(f"{letter_id}  ")
    assert line.endswith("  meridian.na.marketing.lead.qualified.v1  ValueError: no such account\n")


def test_one_is_shown_with_its_event(
    settings: Settings, letter_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    deadletters.show(settings, "sales", letter_id)

    description, _, error = capsys.readouterr().out.partition("\n\n")
    shown = json.loads(description)
    assert shown["attempts"] == 5
    assert shown["consumer"] == "sales-from-marketing"
    assert shown["event"]["lead_id"] == "lead_na_1"
    assert error == "ValueError: no such account\n"


def test_replayed_it_is_settled(
    settings: Settings, letter_id: str, app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    deadletters.replay(settings, "sales", letter_id)

    assert capsys.readouterr().out == f"{letter_id} has been handled\n"
    assert dead_letters.unsettled(app) == []
    with pytest.raises(Failure, match="DEAD_LETTER_SETTLED"):
        deadletters.replay(settings, "sales", letter_id)


def test_one_that_fails_again_says_why_and_stays(settings: Settings, app: App) -> None:
    reaction = next(each for each in SERVICE.reactions if not each.border)
    subject = subject_of(reaction.event, "na")
    headers = {"ce-id": "event-2", "ce-type": reaction.event.DESCRIPTOR.full_name}
    consumer = f"sales-from-{subject.split('.')[2]}"
    dead_letters.bury(app, consumer, Event(subject, headers, b"\xff"), 5, ValueError("garbage"))
    (letter,) = dead_letters.unsettled(app)

    with pytest.raises(Failure, match=f"{letter.id} cannot be handled: DecodeError: "):
        deadletters.replay(settings, "sales", letter.id)
    assert [each.id for each in dead_letters.unsettled(app)] == [letter.id]


def test_discarded_it_keeps_the_reason(settings: Settings, letter_id: str, app: App) -> None:
    deadletters.discard(settings, "sales", letter_id, "the lead was a test")

    assert dead_letters.get(app, letter_id).resolution == "discarded: the lead was a test"


def test_one_that_is_not_there_is_said_so(settings: Settings) -> None:
    with pytest.raises(Failure, match="sales has no dead letter dead_na_1"):
        deadletters.show(settings, "sales", "dead_na_1")
