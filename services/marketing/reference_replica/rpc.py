"""MarketingReplicaService of marketing. Each method's errors are stated in reference_replica_service.proto."""

from __future__ import annotations

from meridian.marketing.v1 import reference_replica_service_pb2

from chassis.mirror.rpc import ReplicaServicer


class MarketingReplicaService(ReplicaServicer):
    """The replica of programmes."""

    descriptor = reference_replica_service_pb2.DESCRIPTOR.services_by_name[
        "MarketingReplicaService"
    ]
