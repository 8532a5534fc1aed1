"""ServiceRelocationService of service. Each method's errors are stated in relocation_service.proto."""

from __future__ import annotations

from meridian.service.v1 import relocation_service_pb2

from chassis.relocation.rpc import RelocationServicer


class ServiceRelocationService(RelocationServicer):
    """Cases, assets and contracts."""

    descriptor = relocation_service_pb2.DESCRIPTOR.services_by_name["ServiceRelocationService"]
