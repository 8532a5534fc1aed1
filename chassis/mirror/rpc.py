"""The replica service, the same in each service. Errors are stated in reference_replica_service.proto."""

from __future__ import annotations

from typing import Any

from meridian.type.v1 import reference_replica_pb2

from chassis.app import Transaction
from chassis.call import Call
from chassis.mirror import replica, store
from chassis.mirror.digest import present
from chassis.mirror.watching import ReplicaState
from chassis.records.encoding import to_proto
from chassis.server import Servicer


class ReplicaServicer(Servicer):
    """How current the replica is. A service adds its descriptor."""

    def GetReferenceReplica(
        self, _request: Any, call: Call
    ) -> reference_replica_pb2.ReferenceReplica:
        """Compare the replica with what the hub last said."""
        with self.reading(call) as tx:
            return _shown(tx)

    def RebuildReferenceReplica(
        self, _request: Any, call: Call
    ) -> reference_replica_pb2.ReferenceReplica:
        """Have the hub send every record again."""
        with self.transaction(call) as tx:
            replica.rebuild(tx)
            return tx.reply(_shown(tx))


def _shown(tx: Transaction) -> reference_replica_pb2.ReferenceReplica:
    here, known = present(tx), store.watch(tx)
    is_hub = tx.region == tx.regions.hub
    facts = {
        "state": ReplicaState.HUB if is_hub else known.state(tx.now),
        "hub": tx.regions.hub,
        "records": here.records,
        "digest": here.value,
    }
    if not is_hub:
        facts |= {
            "hub_records": known.records,
            "hub_digest": known.digest,
            "state_time": known.state_time,
            "agree_time": known.agree_time,
            "age_seconds": known.age(tx.now),
            "request_time": known.request_time,
        }
    return to_proto(facts, reference_replica_pb2.ReferenceReplica)
