"""PartnersEventService of partners. Each method's errors are stated in event_service.proto."""

from __future__ import annotations

from meridian.partners.v1 import event_service_pb2

from chassis.feed.rpc import EventServicer


class PartnersEventService(EventServicer):
    """What happens in partners."""

    descriptor = event_service_pb2.DESCRIPTOR.services_by_name["PartnersEventService"]
