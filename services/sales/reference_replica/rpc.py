"""SalesReplicaService of sales. Each method's errors are stated in reference_replica_service.proto."""

from __future__ import annotations

from meridian.sales.v1 import reference_replica_service_pb2

from chassis.mirror.rpc import ReplicaServicer


class SalesReplicaService(ReplicaServicer):
    """The replica of products, price books and price rules."""

    descriptor = reference_replica_service_pb2.DESCRIPTOR.services_by_name["SalesReplicaService"]
