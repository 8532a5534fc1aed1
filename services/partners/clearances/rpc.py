"""ClearanceService: clearances over gRPC."""

from __future__ import annotations

from meridian.partners.v1 import clearance_pb2, clearance_service_pb2

from chassis.call import Call
from chassis.records.encoding import to_protos
from chassis.server import Servicer
from services.partners.clearances import store


class ClearanceService(Servicer):
    """What the hub decided about deals of all regions."""

    descriptor = clearance_service_pb2.DESCRIPTOR.services_by_name["ClearanceService"]

    def ListClearances(
        self, request: clearance_service_pb2.ListClearancesRequest, call: Call
    ) -> clearance_service_pb2.ListClearancesResponse:
        """Page through the decisions."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return clearance_service_pb2.ListClearancesResponse(
            clearances=to_protos(page.rows, clearance_pb2.Clearance),
            next_page_token=page.next_page_token,
        )

    def GetClearanceDigest(
        self, _request: clearance_service_pb2.GetClearanceDigestRequest, call: Call
    ) -> clearance_service_pb2.ClearanceDigest:
        """Tell the digest of all decisions."""
        with self.reading(call) as tx:
            number, digest = store.digest(tx)
        return clearance_service_pb2.ClearanceDigest(clearances=number, digest=digest)
