"""TouchpointService over gRPC. Each method's errors are stated in touchpoint_service.proto."""

from __future__ import annotations

from meridian.marketing.v1 import touchpoint_pb2, touchpoint_service_pb2

from chassis.call import Call
from chassis.records.decoding import from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.server import Servicer
from services.marketing.attribution import store as attributions
from services.marketing.campaigns import store as campaigns
from services.marketing.leads import store as leads
from services.marketing.touchpoints import store
from services.marketing.touchpoints.domain import Touchpoint


class TouchpointService(Servicer):
    """Which campaigns reached a lead, and what revenue that brought."""

    descriptor = touchpoint_service_pb2.DESCRIPTOR.services_by_name["TouchpointService"]

    def CreateTouchpoint(
        self, request: touchpoint_service_pb2.CreateTouchpointRequest, call: Call
    ) -> touchpoint_pb2.Touchpoint:
        """Note that a campaign reached a lead."""
        with self.transaction(call) as tx:
            values = from_proto(request.touchpoint, Touchpoint)
            values["occur_time"] = values["occur_time"] or tx.now
            lead = leads.get(tx, request.lead_id)
            campaigns.get(tx, values["campaign_id"])
            touchpoint = Touchpoint(
                id=tx.new_id("touch"), lead_id=lead.id, create_time=tx.now, **values
            )
            store.add(tx, touchpoint)
            return tx.reply(to_proto(touchpoint, touchpoint_pb2.Touchpoint))

    def ListTouchpoints(
        self, request: touchpoint_service_pb2.ListTouchpointsRequest, call: Call
    ) -> touchpoint_service_pb2.ListTouchpointsResponse:
        """Page through a lead's touchpoints."""
        with self.reading(call) as tx:
            lead = leads.get(tx, request.lead_id)
            page = store.LISTING.page(tx, request, store.touchpoints.c.lead_id == lead.id)
        return touchpoint_service_pb2.ListTouchpointsResponse(
            touchpoints=to_protos(page.rows, touchpoint_pb2.Touchpoint),
            next_page_token=page.next_page_token,
        )

    def ListAttributions(
        self, request: touchpoint_service_pb2.ListAttributionsRequest, call: Call
    ) -> touchpoint_service_pb2.ListAttributionsResponse:
        """Page through the credits of won opportunities."""
        with self.reading(call) as tx:
            page = attributions.LISTING.page(tx, request)
        return touchpoint_service_pb2.ListAttributionsResponse(
            attributions=to_protos(page.rows, touchpoint_pb2.Attribution),
            next_page_token=page.next_page_token,
        )
