"""The event service, the same in each service. Errors are stated in event_service.proto."""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format
from meridian.type.v1 import event_pb2

from chassis import outbox
from chassis.call import Call
from chassis.errors import Denied, Unavailable
from chassis.feed import reading
from chassis.grants import Visibility
from chassis.records.encoding import to_timestamp
from chassis.server import Servicer


class EventServicer(Servicer):
    """What a service has announced. A service adds its descriptor."""

    def ReadEvents(self, request: event_pb2.ReadEventsRequest, call: Call) -> event_pb2.EventPage:
        """Read on."""
        if call.visibility < Visibility.REGION:
            permission = f"{self.app.service.name}.events.read"
            raise Denied("GRANT_TOO_NARROW", permission=permission, visibility=call.visibility.slug)
        size = request.page_size or reading.DEFAULT_PAGE
        with self.reading(call) as tx:
            page = reading.read_on(tx, request.cursor, size, request.types, request.from_now)
        return event_pb2.EventPage(
            events=[_shown(row.headers, row.payload) for row in page.rows],
            cursor=page.cursor,
            more=page.more,
        )


def _shown(headers: dict[str, str], payload: bytes) -> event_pb2.Event:
    shown = event_pb2.Event(
        id=headers["ce-id"],
        type=headers["ce-type"],
        source=headers["ce-source"],
        subject=headers["ce-subject"],
        time=to_timestamp(headers["ce-time"]),
        actor=headers["ce-actor"],
        traceparent=headers["traceparent"],
    )
    shown.data.update(_facts(headers["ce-type"], payload))
    return shown


def _facts(full_name: str, payload: bytes) -> dict[str, Any]:
    """The fields of an event, every one that cannot be absent. Errors: Unavailable(EVENT_TYPE_NOT_KNOWN_YET)."""
    _, service, *_, name = full_name.split(".")
    try:
        message = outbox.message_type(service, name).FromString(payload)
    except LookupError:
        # Announced by a process of the next release.
        raise Unavailable("EVENT_TYPE_NOT_KNOWN_YET", name=full_name) from None
    return json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
