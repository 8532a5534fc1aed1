"""PlacementService over gRPC. Each method's errors are in placement_service.proto."""

from __future__ import annotations

from meridian.directory.v1 import placement_pb2, placement_service_pb2

from chassis.call import Call
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.directory.placements import store


class PlacementService(Servicer):
    """Where records live that have moved to another region."""

    descriptor = placement_service_pb2.DESCRIPTOR.services_by_name["PlacementService"]

    def GetPlacement(
        self, request: placement_service_pb2.GetPlacementRequest, call: Call
    ) -> placement_pb2.Placement:
        """Read where one record lives now."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), placement_pb2.Placement)

    def BatchGetPlacements(
        self, request: placement_service_pb2.BatchGetPlacementsRequest, call: Call
    ) -> placement_service_pb2.BatchGetPlacementsResponse:
        """Read where several records live now."""
        with self.reading(call) as tx:
            found = store.find_all(tx, request.ids)
        return placement_service_pb2.BatchGetPlacementsResponse(
            placements=[to_proto(each, placement_pb2.Placement) for each in found]
        )

    def ListPlacements(
        self, request: placement_service_pb2.ListPlacementsRequest, call: Call
    ) -> placement_service_pb2.ListPlacementsResponse:
        """Page through the placements."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return placement_service_pb2.ListPlacementsResponse(
            placements=to_protos(page.rows, placement_pb2.Placement),
            next_page_token=page.next_page_token,
        )
