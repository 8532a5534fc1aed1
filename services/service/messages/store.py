"""Messages in the database."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, LongText, UtcDateTime
from chassis.errors import Invalid
from chassis.listing import Listing
from chassis.records.rows import from_row, to_row
from services.service.cases.domain import Case
from services.service.messages.domain import Message, MessageDirection, MessageKind
from services.service.tables import metadata

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("case_id", Id, sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("account_id", Id, nullable=False),
    sa.Column("kind", Id, nullable=False, info={"enum_prefix": "MESSAGE_KIND_"}),
    sa.Column("direction", Id, nullable=False, info={"enum_prefix": "MESSAGE_DIRECTION_"}),
    sa.Column("channel", Id, nullable=False, info={"enum_prefix": "CASE_CHANNEL_"}),
    sa.Column("body", LongText, nullable=False),
    sa.Column("author_id", Id, nullable=False),
    sa.Column("create_time", UtcDateTime, nullable=False),
    sa.Column("origin_case_id", Id, nullable=False),
    sa.Index("ix_messages_case_id", "case_id", "create_time"),
)

LISTING = Listing(
    messages,
    fields=("kind", "direction", "channel", "author_id", "create_time"),
    default_order="create_time",
)


def readable(tx: Transaction, case_id: str) -> sa.ColumnElement[bool]:
    """The messages of a case that the caller may read: customers see no internal notes."""
    of_case = messages.c.case_id == case_id
    if tx.call.identity.account_id:
        return of_case & (messages.c.kind == MessageKind.PUBLIC_REPLY.value)
    return of_case


def get(tx: Transaction, case_id: str, message_id: str) -> Message:
    """A message of a case that the caller may read. Errors: NOT_FOUND."""
    statement = sa.select(messages).where(messages.c.id == message_id, readable(tx, case_id))
    row = tx.execute(statement).first()
    if row is None:
        raise tables.not_found(messages, message_id)
    message: Message = from_row(Message, row)
    return message


def add(tx: Transaction, message: Message) -> None:
    """Write a new message."""
    tx.execute(sa.insert(messages).values(to_row(message)))


def add_reopening(tx: Transaction, case: Case, reason: str) -> Message:
    """Write down why a case was reopened: a customer's public word, or a note of ours."""
    by_customer = bool(tx.call.identity.account_id)
    message = Message(
        tx.new_id("msg"),
        case.id,
        case.account_id,
        MessageKind.PUBLIC_REPLY if by_customer else MessageKind.INTERNAL_NOTE,
        MessageDirection.INBOUND if by_customer else MessageDirection.NONE,
        case.channel,
        reason,
        tx.call.identity.subject,
        tx.now,
    )
    add(tx, message)
    return message


def move_all(tx: Transaction, from_case_id: str, to_case_id: str) -> None:
    """Move a whole conversation; every message keeps the case it was first written in."""
    _move(tx, messages.c.case_id == from_case_id, from_case_id, to_case_id)


def move(tx: Transaction, from_case_id: str, ids: list[str], to_case_id: str) -> None:
    """Move these messages of a case. Invalid(MESSAGE_UNKNOWN) if one of them is not in it."""
    named = (messages.c.case_id == from_case_id) & messages.c.id.in_(ids)
    if _move(tx, named, from_case_id, to_case_id) != len(ids):
        raise Invalid("MESSAGE_UNKNOWN", field="message_ids")


def _move(
    tx: Transaction, condition: sa.ColumnElement[bool], from_case_id: str, to_case_id: str
) -> int:
    origin = sa.case(
        (messages.c.origin_case_id == "", from_case_id), else_=messages.c.origin_case_id
    )
    # MariaDB sets columns one after the other, so the origin is taken before the case changes.
    statement = sa.update(messages).where(condition)
    return tx.execute(
        statement.ordered_values(
            (messages.c.origin_case_id, origin), (messages.c.case_id, to_case_id)
        )
    ).rowcount
