"""Handling an event once: its receipt and its effects are one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from google.protobuf.message import Message
from sqlalchemy.dialects import mysql, postgresql, sqlite

from chassis import crash_points
from chassis.app import App, Transaction
from chassis.call import Call
from chassis.grants import Visibility
from chassis.manifest import Reaction
from chassis.outbox import subject_of
from chassis.prepared import Prepared
from chassis.telemetry import trace
from chassis.tokens import Identity


@dataclass(frozen=True)
class Event:
    """An event as it came."""

    subject: str
    headers: dict[str, str]
    payload: bytes

    @property
    def id(self) -> str:
        """The same however often the event comes; of one that has no id, a digest."""
        digest = hashlib.blake2b(self.subject.encode() + self.payload, digest_size=20)
        return self.headers.get("ce-id") or digest.hexdigest()

    @property
    def time(self) -> datetime | None:
        """When it happened, UTC."""
        stated = self.headers.get("ce-time")
        return datetime.fromisoformat(stated) if stated else None

    def is_a(self, kind: type[Message]) -> bool:
        """Whether this is an event of that kind, from whatever region."""
        return subject_of(kind, "*").split(".", 2)[2] == self.subject.split(".", 2)[2]


def handle_once(
    app: App, consumer: str, reactions: Sequence[Reaction], events: Sequence[Event]
) -> list[bool]:
    """Let the reactions happen and note the receipts, except of events whose receipt is noted.

    All in one transaction, each event with its own call. True for each event that was new.
    Raises whatever a reaction raises; then nothing has happened.
    """
    with app.transaction() as shared:
        new = []
        for event in events:
            with trace.continuing(event.headers.get("traceparent", "")):
                call = call_of(app, event)
                tx = replace(shared, call=call, now=call.now)
                new.append(note(tx, consumer, event))
                if new[-1]:
                    react(tx, reactions, event)
        crash_points.reached("consumer.before_commit")
    crash_points.reached("consumer.after_commit")
    return new


def react(tx: Transaction, reactions: Sequence[Reaction], event: Event) -> None:
    """Run the reactions to this type of event."""
    for reaction in reactions:
        if event.is_a(reaction.event):
            reaction.handler(tx, reaction.event.FromString(event.payload))


def note(tx: Transaction, consumer: str, event: Event) -> bool:
    """Note that this consumer received the event. False if it had; then the receipt is kept longer.

    Waits while another transaction is noting the same.
    """
    inbox = tx.service.metadata.tables["inbox"]
    receipt = {"consumer": consumer, "event_id": event.id, "receive_time": tx.now}
    if _insert_new(inbox, tx.connection.dialect.name).run(tx.connection, receipt) == 1:
        return True
    tx.execute(
        sa.update(inbox)
        .where(inbox.c.consumer == consumer, inbox.c.event_id == event.id)
        .values(receive_time=tx.now)
    )
    return False


def call_of(app: App, event: Event) -> Call:
    """The call in which an event is handled: the service acts for whoever caused the event."""
    service = f"service_{app.service.name}"
    context = trace.current()
    return Call(
        identity=Identity(
            subject=event.headers.get("ce-actor") or service,
            session="",
            region=app.region,
            actors=(service,),
        ),
        method="",
        visibility=Visibility.ALL,
        now=app.clock(),
        origin=event.headers.get("ce-region", ""),
        event_time=event.time,
        traceparent=context.header() if context else event.headers.get("traceparent", ""),
    )


@cache
def _insert_new(table: sa.Table, dialect: str) -> Prepared:
    values = {column.name: sa.bindparam(column.name, type_=column.type) for column in table.c}
    if dialect in ("mysql", "mariadb"):
        return Prepared(mysql.insert(table).prefix_with("IGNORE").values(values))
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return Prepared(insert(table).values(values).on_conflict_do_nothing())
