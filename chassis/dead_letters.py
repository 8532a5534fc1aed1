"""Events that could not be handled: kept in the database of the service that should have, until a
person has the cause mended and replays them, or says why they are not needed.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from chassis import inbox
from chassis.app import App, Transaction
from chassis.errors import NotFound, Refused
from chassis.inbox import Event
from chassis.telemetry import trace
from chassis.telemetry.logs import blotted

_LONGEST_ERROR = 4000


@dataclass(frozen=True)
class DeadLetter:
    """An event that a consumer gave up.

    resolution is empty while nobody has settled it, then "replayed" or "discarded: <reason>".
    """

    id: str
    consumer: str
    event_id: str
    subject: str
    payload: bytes
    headers: dict[str, str]
    attempts: int
    error: str
    create_time: datetime
    resolve_time: datetime | None
    resolution: str


def bury(app: App, consumer: str, event: Event, attempts: int, error: Exception) -> None:
    """Give an event up after so many attempts: it is kept here, and the consumer goes on."""
    with app.transaction(inbox.call_of(app, event)) as tx:
        if not inbox.note(tx, consumer, event):
            return
        letter = {
            "id": tx.new_id("dead"),
            "consumer": consumer,
            "event_id": event.id,
            "subject": event.subject,
            "payload": event.payload,
            "headers": event.headers,
            "attempts": attempts,
            "error": blotted("".join(traceback.format_exception(error)))[-_LONGEST_ERROR:],
            "create_time": tx.now,
        }
        tx.execute(sa.insert(_table(tx)), letter)


def unsettled(app: App, limit: int = 100) -> list[DeadLetter]:
    """The dead letters that nobody has settled, the oldest first."""
    with app.reading() as tx:
        table = _table(tx)
        rows = tx.execute(
            sa.select(table)
            .where(table.c.resolve_time.is_(None))
            .order_by(table.c.create_time, table.c.id)
            .limit(limit)
        ).all()
    return [DeadLetter(**row._mapping) for row in rows]


def count_unsettled(app: App) -> int:
    """How many dead letters wait for a person."""
    with app.reading() as tx:
        table = _table(tx)
        query = sa.select(sa.func.count()).where(table.c.resolve_time.is_(None))
        return int(tx.execute(query).scalar_one())


def get(app: App, letter_id: str) -> DeadLetter:
    """One dead letter. Errors: NotFound."""
    with app.reading() as tx:
        return _fetch(tx, letter_id)


def replay(app: App, letter_id: str) -> None:
    """Handle the event now.

    Errors: NotFound; Refused(DEAD_LETTER_SETTLED); whatever the reaction raises, and then the letter
    stays unsettled and nothing has happened.
    """
    letter = get(app, letter_id)
    event = Event(letter.subject, letter.headers, letter.payload)
    with (
        trace.continuing(event.headers.get("traceparent", "")),
        app.transaction(inbox.call_of(app, event)) as tx,
    ):
        _settle(tx, letter, "replayed")
        source = letter.consumer.removeprefix(f"{app.service.name}-from-")
        inbox.react(tx, app.service.reactions_from(source), event)


def discard(app: App, letter_id: str, reason: str) -> None:
    """Settle a dead letter without handling it. Errors: NotFound; Refused(DEAD_LETTER_SETTLED)."""
    with app.transaction() as tx:
        _settle(tx, _fetch(tx, letter_id), f"discarded: {reason}")


def _settle(tx: Transaction, letter: DeadLetter, resolution: str) -> None:
    """Of two who settle a letter at once, one wins: the row is locked until the end."""
    table = _table(tx)
    settled = tx.execute(
        sa.update(table)
        .where(table.c.id == letter.id, table.c.resolve_time.is_(None))
        .values(resolve_time=tx.now, resolution=resolution)
    )
    if settled.rowcount != 1:
        raise Refused("DEAD_LETTER_SETTLED", id=letter.id)


def _fetch(tx: Transaction, letter_id: str) -> DeadLetter:
    table = _table(tx)
    row = tx.execute(sa.select(table).where(table.c.id == letter_id)).one_or_none()
    if row is None:
        raise NotFound("NOT_FOUND", kind="dead letter", id=letter_id)
    return DeadLetter(**row._mapping)


def _table(tx: Transaction) -> sa.Table:
    return tx.service.metadata.tables["dead_letters"]
