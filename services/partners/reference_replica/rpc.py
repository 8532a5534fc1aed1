"""PartnersReplicaService of partners. Each method's errors are stated in reference_replica_service.proto."""

from __future__ import annotations

from meridian.partners.v1 import reference_replica_service_pb2

from chassis.mirror.rpc import ReplicaServicer


class PartnersReplicaService(ReplicaServicer):
    """The replica of partner programmes."""

    descriptor = reference_replica_service_pb2.DESCRIPTOR.services_by_name["PartnersReplicaService"]
