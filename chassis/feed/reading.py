"""Reading on in the feed of a service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from google.protobuf import descriptor_pool

from chassis import descriptors
from chassis.app import Transaction
from chassis.errors import Invalid
from chassis.feed import cursors
from chassis.feed.cursors import Cursor
from chassis.feed.numbers import Progress, progress
from chassis.outbox import subject_of

DEFAULT_PAGE = 100


@dataclass(frozen=True)
class Page:
    """What comes next: rows of the outbox, where to read on, and whether there is more already."""

    rows: Sequence[Any]
    cursor: str
    more: bool


def read_on(tx: Transaction, cursor: str, size: int, types: Sequence[str], from_now: bool) -> Page:
    """The next events behind a cursor; from the oldest that is kept if it is empty, none if from_now.

    Errors: Invalid with EVENT_TYPE_UNKNOWN, CURSOR_INVALID or CURSOR_NOT_WANTED; Refused, see Cursor.check.
    """
    if cursor and from_now:
        raise Invalid("CURSOR_NOT_WANTED", field="cursor")
    subjects = [_subject(tx, name) for name in types]
    belongs_to = cursors.identity(tx.service.name, tx.region, types)
    known = progress(tx)
    if from_now:
        return Page([], _behind(known, tx.now).written(belongs_to), False)
    at = Cursor("", 0, 0, tx.now)
    if cursor:
        at = cursors.read(cursor, belongs_to)
        at.check(known, tx.now)
    rows = tx.execute(_statement(tx, at, subjects, size + 1)).all()
    if rows and not known.life:
        # The first publication of all came in between.
        known = replace(known, life=progress(tx).life)
    more = len(rows) > size
    return Page(rows[:size], _after(known, rows[:size], more, tx.now).written(belongs_to), more)


def _statement(tx: Transaction, at: Cursor, subjects: Sequence[str], limit: int) -> sa.Select[Any]:
    outbox = tx.service.metadata.tables["outbox"].c
    behind = (outbox.publication > at.publication) | (
        (outbox.publication == at.publication) & (outbox.position > at.position)
    )
    statement = (
        sa.select(
            outbox.publication, outbox.position, outbox.publish_time, outbox.headers, outbox.payload
        )
        # Said again for the index, which a condition with OR does not use.
        .where(outbox.publication >= at.publication, behind)
        .order_by(outbox.publication, outbox.position)
        .limit(limit)
    )
    return statement.where(outbox.subject.in_(subjects)) if subjects else statement


def _after(known: Progress, rows: Sequence[Any], more: bool, now: datetime) -> Cursor:
    """Where to go on. Who has read everything goes on behind what was visible before they read, though none of
    it was of their types."""
    end = _behind(known, now)
    if not rows:
        return end
    last = rows[-1]
    if more or (last.publication, last.position) > (end.publication, end.position):
        return Cursor(known.life, last.publication, last.position, last.publish_time)
    return end


def _behind(known: Progress, now: datetime) -> Cursor:
    """Behind everything that is known to be published."""
    return Cursor(known.life, known.publications + 1, 0, now)


def _subject(tx: Transaction, name: str) -> str:
    """The subject of the events of a type. Errors: Invalid with EVENT_TYPE_UNKNOWN."""
    try:
        found = descriptor_pool.Default().FindMessageTypeByName(name)
    except KeyError:
        found = None
    own = f"meridian.{tx.service.name}.events.v1"
    if found is None or found.file.package != own or not descriptors.subject_of(found):
        raise Invalid("EVENT_TYPE_UNKNOWN", field="types", name=name, service=tx.service.name)
    return subject_of(descriptors.message_class(found), tx.region)
