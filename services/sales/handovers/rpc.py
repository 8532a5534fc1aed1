"""HandoverService: handovers over gRPC. Each method's errors are stated in handover_service.proto."""

from __future__ import annotations

from meridian.sales.events.v1 import handover_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.sales.v1 import handover_pb2, handover_service_pb2

from chassis.call import Call
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.sales.handovers import acceptance, reversal, store


class HandoverService(Servicer):
    """Taking over leads and registered deals into sales."""

    descriptor = handover_service_pb2.DESCRIPTOR.services_by_name["HandoverService"]

    def CreateHandover(
        self, request: handover_service_pb2.CreateHandoverRequest, call: Call
    ) -> handover_pb2.Handover:
        """Take over a lead or a deal, once."""
        try:
            with self.transaction(call) as tx:
                handover = acceptance.accept(tx, request.handover)
                return tx.reply(to_proto(handover, handover_pb2.Handover))
        except store.SourceTakenOver:
            with self.transaction(call) as tx:
                handover = store.of_source(tx, request.handover.source_id)
                return tx.reply(to_proto(handover, handover_pb2.Handover))

    def GetHandover(
        self, request: handover_service_pb2.GetHandoverRequest, call: Call
    ) -> handover_pb2.Handover:
        """Read one handover."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), handover_pb2.Handover)

    def ListHandovers(
        self, request: handover_service_pb2.ListHandoversRequest, call: Call
    ) -> handover_service_pb2.ListHandoversResponse:
        """Page through the handovers that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return handover_service_pb2.ListHandoversResponse(
            handovers=to_protos(page.rows, handover_pb2.Handover),
            next_page_token=page.next_page_token,
        )

    def RevertHandover(
        self, request: handover_service_pb2.RevertHandoverRequest, call: Call
    ) -> handover_pb2.Handover:
        """Undo a handover while nothing has happened to what it created."""
        with self.transaction(call) as tx:
            handover = store.get(tx, request.id, request.etag)
            reverted = handover.revert(reversal.happened(tx, handover))
            if reverted:
                store.save(tx, handover)
                reversal.remove(tx, handover)
                tx.announce(reverted)
            return tx.reply(to_proto(handover, handover_pb2.Handover))
