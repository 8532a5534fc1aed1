"""`meridian deadletters`: look at events that could not be handled, and settle them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import datetime

from google.protobuf import descriptor_pool, json_format

from chassis import dead_letters, descriptors
from chassis.app import App
from chassis.dead_letters import DeadLetter
from chassis.errors import MeridianError, NotFound
from chassis.settings import Settings
from cli import assembly
from cli.failure import Failure


def list_unsettled(settings: Settings, service: str) -> None:
    """Print the dead letters of a service that nobody has settled, the oldest first."""
    with _opened(settings, service) as app:
        letters = dead_letters.unsettled(app)
    for letter in letters:
        reason = letter.error.strip().rpartition("\n")[2]
        print(f"{letter.id}  {_time(letter.create_time)}  {letter.subject}  {reason}")
    if not letters:
        print(f"{service} has no dead letters to settle")


def show(settings: Settings, service: str, letter_id: str) -> None:
    """Print one dead letter: what it says, and why it could not be handled."""
    with _opened(settings, service) as app:
        letter = _get(app, letter_id)
    print(json.dumps(_description(letter), indent=2, ensure_ascii=False))
    print(f"\n{letter.error.strip()}")


def replay(settings: Settings, service: str, letter_id: str) -> None:
    """Handle the event now. Raises Failure if it fails again; then nothing has happened."""
    with _opened(settings, service) as app:
        letter = _get(app, letter_id)
        try:
            dead_letters.replay(app, letter.id)
        except MeridianError as error:
            why = f"{error.reason} {error.params}"
            raise Failure(f"{letter.id} cannot be handled: {why}") from error
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            raise Failure(f"{letter.id} cannot be handled: {why}") from error
    print(f"{letter.id} has been handled")


def discard(settings: Settings, service: str, letter_id: str, reason: str) -> None:
    """Settle a dead letter without handling it."""
    with _opened(settings, service) as app:
        letter = _get(app, letter_id)
        try:
            dead_letters.discard(app, letter.id, reason)
        except MeridianError as error:
            raise Failure(f"{letter.id} cannot be discarded: {error.reason}") from error
    print(f"{letter.id} has been discarded")


@contextlib.contextmanager
def _opened(settings: Settings, service: str) -> Iterator[App]:
    app = App(assembly.manifest(service), assembly.database(settings, service), settings.region)
    try:
        yield app
    finally:
        assembly.close([app])


def _get(app: App, letter_id: str) -> DeadLetter:
    try:
        return dead_letters.get(app, letter_id)
    except NotFound as error:
        raise Failure(f"{app.service.name} has no dead letter {letter_id}") from error


def _description(letter: DeadLetter) -> dict[str, object]:
    return {
        "id": letter.id,
        "consumer": letter.consumer,
        "subject": letter.subject,
        "attempts": letter.attempts,
        "create_time": _time(letter.create_time),
        "resolve_time": _time(letter.resolve_time) if letter.resolve_time else None,
        "resolution": letter.resolution,
        "headers": letter.headers,
        "event": _event(letter),
    }


def _event(letter: DeadLetter) -> object:
    """The event as JSON, or its bytes in hexadecimal if this version does not know its type."""
    try:
        descriptor = descriptor_pool.Default().FindMessageTypeByName(letter.headers["ce-type"])
    except KeyError:
        return letter.payload.hex()
    message = descriptors.message_class(descriptor).FromString(letter.payload)
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
