"""SalesEventService of sales. Each method's errors are stated in event_service.proto."""

from __future__ import annotations

from meridian.sales.v1 import event_service_pb2

from chassis.feed.rpc import EventServicer


class SalesEventService(EventServicer):
    """What happens in sales."""

    descriptor = event_service_pb2.DESCRIPTOR.services_by_name["SalesEventService"]
