"""The relocation service, the same in each service. Errors are stated in relocation_service.proto."""

from __future__ import annotations

from typing import Any

from meridian.type.v1 import relocation_pb2

from chassis.call import Call
from chassis.relocation import target
from chassis.server import Servicer


class RelocationServicer(Servicer):
    """Takes copies from the same service of other regions. A service adds its descriptor."""

    def ReceiveRelocation(self, request: Any, call: Call) -> relocation_pb2.ReceivedRelocation:
        """Keep one piece of a copy; with the last one, try whether it could be inserted."""
        with self.transaction(call) as tx:
            rows = target.receive(tx, request.id, request.piece)
        received = relocation_pb2.ReceivedRelocation(id=request.id)
        if rows is not None:
            received.digest, received.rows = rows.digest, rows.count
        return received
