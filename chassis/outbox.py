"""Events on their way out: a row in the transaction of the change, published after the commit.

A domain event is a frozen dataclass; its message is the one of the same name in
meridian.<service>.events.v1, its subject meridian.<region>.<service>.<noun>.<participle>.v1, and its
headers are CloudEvents attributes (ce-id, ce-type, …) with the region, the trace and the actor. What is
announced may also be the message itself.
"""

from __future__ import annotations

import uuid
from functools import cache
from typing import TYPE_CHECKING, Any

from google.protobuf import descriptor_pool
from google.protobuf.message import Message

from chassis import descriptors, prepared
from chassis.records.encoding import to_proto

if TYPE_CHECKING:
    from chassis.app import Transaction


def write(tx: Transaction, events: tuple[Any, ...]) -> None:
    """Write events to the outbox of the service whose transaction this is, in order."""
    rows = [_row(tx, event) for event in events]
    prepared.insert(tx.connection, tx.service.metadata.tables["outbox"], rows)


def subject_of(event_type: type[Message], region: str) -> str:
    """The NATS subject of an event in a region; region "*" for every region."""
    event = event_type.DESCRIPTOR
    return f"meridian.{region}.{descriptors.service_of(event)}.{descriptors.subject_of(event)}.v1"


@cache
def message_type(service: str, name: str) -> type[Message]:
    """The message class of a domain event. LookupError if the protos do not have it."""
    full_name = f"meridian.{service}.events.v1.{name}"
    try:
        descriptor = descriptor_pool.Default().FindMessageTypeByName(full_name)
    except KeyError:
        raise LookupError(f"no event {full_name}: is its _pb2 module imported?") from None
    return descriptors.message_class(descriptor)


def _row(tx: Transaction, event: Any) -> dict[str, Any]:
    kind = message_type(tx.service.name, type(event).__name__)
    message = event if isinstance(event, kind) else to_proto(event, kind)
    event_id = str(uuid.uuid4())
    aggregate_id = getattr(message, kind.DESCRIPTOR.fields[0].name)
    return {
        "event_id": event_id,
        "subject": subject_of(kind, tx.region),
        "aggregate_id": aggregate_id,
        "payload": message.SerializeToString(),
        "headers": {
            "ce-id": event_id,
            "ce-type": kind.DESCRIPTOR.full_name,
            "ce-source": f"/{tx.region}/{tx.service.name}",
            "ce-specversion": "1.0",
            "ce-subject": aggregate_id,
            "ce-time": tx.now.isoformat(),
            "ce-region": tx.region,
            "ce-actor": tx.call.identity.subject,
            "traceparent": tx.call.traceparent,
        },
        "create_time": tx.now,
    }
