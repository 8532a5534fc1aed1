"""MarketingRelocationService of marketing. Each method's errors are stated in relocation_service.proto."""

from __future__ import annotations

from meridian.marketing.v1 import relocation_service_pb2

from chassis.relocation.rpc import RelocationServicer


class MarketingRelocationService(RelocationServicer):
    """The leads that became the customer."""

    descriptor = relocation_service_pb2.DESCRIPTOR.services_by_name["MarketingRelocationService"]
