"""PartnersRelocationService of partners. Each method's errors are stated in relocation_service.proto."""

from __future__ import annotations

from meridian.partners.v1 import relocation_service_pb2

from chassis.relocation.rpc import RelocationServicer


class PartnersRelocationService(RelocationServicer):
    """Nothing: partners and their deals stay with their region, which forgets the customer."""

    descriptor = relocation_service_pb2.DESCRIPTOR.services_by_name["PartnersRelocationService"]
