"""The conversation of a case: public messages and internal notes, written once (SVC-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chassis.errors import Denied, Invalid


class MessageKind(StrEnum):
    PUBLIC_REPLY = "public_reply"
    INTERNAL_NOTE = "internal_note"


class MessageDirection(StrEnum):
    """Which way a public message went; notes go nowhere."""

    NONE = ""
    INBOUND = "inbound"
    OUTBOUND = "outbound"


@dataclass(frozen=True)
class MessageCreated:
    message_id: str
    case_id: str
    kind: str
    direction: str


@dataclass(frozen=True)
class Message:
    """One entry; account_id is that of the case, origin_case_id where a merge or split took it from."""

    id: str
    case_id: str
    account_id: str
    kind: MessageKind
    direction: MessageDirection
    channel: str
    body: str
    author_id: str
    create_time: datetime
    origin_case_id: str = ""

    @property
    def created(self) -> MessageCreated:
        """What is announced of it."""
        return MessageCreated(self.id, self.case_id, self.kind, self.direction)


def direction_of(kind: MessageKind, said: MessageDirection, by_customer: bool) -> MessageDirection:
    """Which way a new message goes: a customer's always inbound, ours outbound unless said.

    Denied (NOTE_BY_CUSTOMER) if a customer writes a note; Invalid if a note has a direction.
    """
    if kind is MessageKind.INTERNAL_NOTE:
        if by_customer:
            raise Denied("NOTE_BY_CUSTOMER")
        if said:
            raise Invalid("NOTE_WITH_DIRECTION", field="message.direction")
        return MessageDirection.NONE
    if by_customer:
        return MessageDirection.INBOUND
    return said or MessageDirection.OUTBOUND
