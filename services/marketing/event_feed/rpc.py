"""MarketingEventService of marketing. Each method's errors are stated in event_service.proto."""

from __future__ import annotations

from meridian.marketing.v1 import event_service_pb2

from chassis.feed.rpc import EventServicer


class MarketingEventService(EventServicer):
    """What happens in marketing."""

    descriptor = event_service_pb2.DESCRIPTOR.services_by_name["MarketingEventService"]
