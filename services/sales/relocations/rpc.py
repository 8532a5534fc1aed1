"""SalesRelocationService of sales. Each method's errors are stated in relocation_service.proto."""

from __future__ import annotations

from meridian.sales.v1 import relocation_service_pb2

from chassis.relocation.rpc import RelocationServicer


class SalesRelocationService(RelocationServicer):
    """Customers, their opportunities, quotes and orders."""

    descriptor = relocation_service_pb2.DESCRIPTOR.services_by_name["SalesRelocationService"]
