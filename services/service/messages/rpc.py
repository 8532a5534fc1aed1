"""MessageService: conversations over gRPC. Errors are stated in message_service.proto."""

from __future__ import annotations

from typing import Any

from meridian.service.events.v1 import message_events_pb2 as _events  # noqa: F401 - by name
from meridian.service.v1 import message_pb2, message_service_pb2

from chassis.app import Transaction
from chassis.call import Call
from chassis.records.encoding import to_proto, to_protos
from chassis.records.enums import enum_names
from chassis.server import Servicer
from services.service.cases import store as cases_store
from services.service.cases.facts import CaseReopened, CaseResumed, CaseState
from services.service.cases.folder import CaseFolder, open_folder, save_folder
from services.service.messages import store
from services.service.messages.domain import (
    Message,
    MessageDirection,
    MessageKind,
    direction_of,
)


class MessageService(Servicer):
    """The conversation of a case."""

    descriptor = message_service_pb2.DESCRIPTOR.services_by_name["MessageService"]

    def CreateMessage(
        self, request: message_service_pb2.CreateMessageRequest, call: Call
    ) -> message_pb2.Message:
        """Add to the conversation; clocks and state follow."""
        with self.transaction(call) as tx:
            folder = open_folder(tx, request.case_id)
            folder.case.require_going()
            message = _written(tx, folder, request.message)
            store.add(tx, message)
            events = _consequences(tx, folder, message)
            save_folder(tx, folder)
            tx.announce(message.created, *events)
            return tx.reply(to_proto(message, message_pb2.Message))

    def GetMessage(
        self, request: message_service_pb2.GetMessageRequest, call: Call
    ) -> message_pb2.Message:
        """Read one message."""
        with self.reading(call) as tx:
            cases_store.get(tx, request.case_id)
            return to_proto(store.get(tx, request.case_id, request.id), message_pb2.Message)

    def ListMessages(
        self, request: message_service_pb2.ListMessagesRequest, call: Call
    ) -> message_service_pb2.ListMessagesResponse:
        """Page through the conversation."""
        with self.reading(call) as tx:
            cases_store.get(tx, request.case_id)
            page = store.LISTING.page(tx, request, store.readable(tx, request.case_id))
        return message_service_pb2.ListMessagesResponse(
            messages=to_protos(page.rows, message_pb2.Message),
            next_page_token=page.next_page_token,
        )


def _written(tx: Transaction, folder: CaseFolder, said: message_pb2.Message) -> Message:
    identity = tx.call.identity
    kind = MessageKind(enum_names(message_pb2.MessageKind.DESCRIPTOR)[said.kind])
    direction = MessageDirection(
        enum_names(message_pb2.MessageDirection.DESCRIPTOR)[said.direction]
    )
    channel = enum_names(message_pb2.Message.DESCRIPTOR.fields_by_name["channel"].enum_type)
    return Message(
        tx.new_id("msg"),
        folder.case.id,
        folder.case.account_id,
        kind,
        direction_of(kind, direction, by_customer=bool(identity.account_id)),
        channel[said.channel] or folder.case.channel,
        said.body,
        identity.subject,
        tx.now,
    )


def _consequences(tx: Transaction, folder: CaseFolder, message: Message) -> list[Any]:
    """What a message does to the case and its clocks, as events."""
    case, promises = folder.case, folder.promises
    if message.direction is MessageDirection.OUTBOUND:
        answered = case.answer(at=tx.now)
        breaches: list[Any] = []
        if case.state is not CaseState.RESOLVED:
            breaches += promises.customer_answered(case.priority, tx.now)
        if case.pending_reason:
            breaches += promises.case_held(case.pending_reason, tx.now)
        return [answered, *breaches] if answered else breaches
    if message.direction is MessageDirection.INBOUND:
        heard = case.hear()
        if isinstance(heard, CaseResumed):
            promises.case_resumed(tx.now)
        if isinstance(heard, CaseReopened):
            promises.case_reopened(case.priority, tx.now)
        return [heard] if heard else []
    return []
