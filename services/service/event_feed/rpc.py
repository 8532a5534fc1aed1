"""ServiceEventService of service. Each method's errors are stated in event_service.proto."""

from __future__ import annotations

from meridian.service.v1 import event_service_pb2

from chassis.feed.rpc import EventServicer


class ServiceEventService(EventServicer):
    """What happens in service."""

    descriptor = event_service_pb2.DESCRIPTOR.services_by_name["ServiceEventService"]
