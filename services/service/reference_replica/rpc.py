"""ServiceReplicaService of service. Each method's errors are stated in reference_replica_service.proto."""

from __future__ import annotations

from meridian.service.v1 import reference_replica_service_pb2

from chassis.mirror.rpc import ReplicaServicer


class ServiceReplicaService(ReplicaServicer):
    """The replica of articles marked global."""

    descriptor = reference_replica_service_pb2.DESCRIPTOR.services_by_name["ServiceReplicaService"]
