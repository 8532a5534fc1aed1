"""Sales as marketing sees it over the network: handovers, kept in memory, failing when told to."""

from __future__ import annotations

from pathlib import Path

from meridian.sales.v1 import handover_pb2, handover_service_pb2

from chassis.app import App
from chassis.call import Call
from chassis.database import Database, new_metadata
from chassis.errors import MeridianError
from chassis.manifest import Service
from chassis.server import Server, Servicer
from tests.running import verifier


class FakeSales:
    """A real gRPC server with HandoverService behind it."""

    def __init__(self) -> None:
        self.handovers: dict[str, handover_pb2.Handover] = {}
        self.refusal: MeridianError | None = None
        self.calls: list[str] = []
        sales = self

        class HandoverService(Servicer):
            descriptor = handover_service_pb2.DESCRIPTOR.services_by_name["HandoverService"]

            def CreateHandover(
                self, request: handover_service_pb2.CreateHandoverRequest, call: Call
            ) -> handover_pb2.Handover:
                sales.asked(f"create by {call.identity.subject}")
                wanted = request.handover
                number = len(sales.handovers) + 1
                wanted.id = f"handover_na_{number}"
                wanted.account_id = wanted.account.id or f"acct_na_{number}"
                wanted.account_created = not wanted.account.id
                wanted.contact_id = f"cont_na_{number}" if wanted.HasField("contact") else ""
                wanted.opportunity_id = f"opp_na_{number}" if wanted.HasField("opportunity") else ""
                return sales.handovers.setdefault(wanted.source_id, wanted)

            def GetHandover(self, request: object, call: Call) -> None:
                raise NotImplementedError

            ListHandovers = GetHandover

            def RevertHandover(
                self, request: handover_service_pb2.RevertHandoverRequest, call: Call
            ) -> handover_pb2.Handover:
                sales.asked(f"revert {request.id}")
                reverted = next(h for h in sales.handovers.values() if h.id == request.id)
                reverted.state = handover_pb2.HANDOVER_STATE_REVERTED
                return reverted

        service = Service("sales", Path("nowhere"), new_metadata(), (HandoverService,))
        self._server = Server(App(service, Database("sqlite://")), verifier(), bind="127.0.0.1:0")
        self._server.start()
        self.address = f"127.0.0.1:{self._server.port}"

    def asked(self, what: str) -> None:
        """Note a call, and refuse it if told to."""
        self.calls.append(what)
        if self.refusal is not None:
            raise self.refusal

    def stop(self) -> None:
        """Stop answering."""
        self._server.drain(0)
