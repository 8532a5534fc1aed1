"""LeadService: leads over gRPC. Each method's errors are stated in lead_service.proto."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty
from meridian.marketing.events.v1 import lead_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.marketing.v1 import lead_pb2, lead_service_pb2

from chassis.call import Call
from chassis.records import changed_paths, enum_names, from_proto, to_proto
from chassis.server import Servicer
from services.marketing.leads import store
from services.marketing.leads.domain import DisqualifyReason, Lead


class LeadService(Servicer):
    """Capturing, working and qualifying leads."""

    descriptor = lead_service_pb2.DESCRIPTOR.services_by_name["LeadService"]

    def CreateLead(self, request: lead_service_pb2.CreateLeadRequest, call: Call) -> lead_pb2.Lead:
        """Capture a lead."""
        with self.transaction(call) as tx:
            lead = Lead(id=tx.new_id("lead"), **from_proto(request.lead, Lead))
            created = lead.capture()
            store.add(tx, lead)
            tx.announce(created)
            return tx.reply(to_proto(lead, lead_pb2.Lead))

    def GetLead(self, request: lead_service_pb2.GetLeadRequest, call: Call) -> lead_pb2.Lead:
        """Read one lead."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), lead_pb2.Lead)

    def ListLeads(
        self, request: lead_service_pb2.ListLeadsRequest, call: Call
    ) -> lead_service_pb2.ListLeadsResponse:
        """Page through the leads that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return lead_service_pb2.ListLeadsResponse(
            leads=[to_proto(row, lead_pb2.Lead) for row in page.rows],
            next_page_token=page.next_page_token,
        )

    def UpdateLead(self, request: lead_service_pb2.UpdateLeadRequest, call: Call) -> lead_pb2.Lead:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.lead, request.update_mask.paths)
        with self.transaction(call) as tx:
            lead = store.get(tx, request.lead.id, request.lead.etag)
            lead.revise(from_proto(request.lead, Lead, paths))
            store.save(tx, lead)
            return tx.reply(to_proto(lead, lead_pb2.Lead))

    def DeleteLead(self, request: lead_service_pb2.DeleteLeadRequest, call: Call) -> Empty:
        """Remove a lead that never became anything."""
        with self.transaction(call) as tx:
            lead = store.get(tx, request.id, request.etag)
            lead.check_deletable()
            store.remove(tx, lead)
            return tx.reply(Empty())

    def WorkLead(self, request: lead_service_pb2.WorkLeadRequest, call: Call) -> lead_pb2.Lead:
        """Begin work on a lead."""
        with self.transaction(call) as tx:
            lead = store.get(tx, request.id, request.etag)
            worked = lead.work(at=tx.now)
            store.save(tx, lead)
            tx.announce(worked)
            return tx.reply(to_proto(lead, lead_pb2.Lead))

    def QualifyLead(
        self, request: lead_service_pb2.QualifyLeadRequest, call: Call
    ) -> lead_pb2.Lead:
        """Say that a lead is worth a salesperson's time."""
        with self.transaction(call) as tx:
            lead = store.get(tx, request.id, request.etag)
            qualified = lead.qualify(at=tx.now)
            store.save(tx, lead)
            tx.announce(qualified)
            return tx.reply(to_proto(lead, lead_pb2.Lead))

    def DisqualifyLead(
        self, request: lead_service_pb2.DisqualifyLeadRequest, call: Call
    ) -> lead_pb2.Lead:
        """Give a lead up, with the reason."""
        reason = DisqualifyReason(enum_names(lead_pb2.DisqualifyReason.DESCRIPTOR)[request.reason])
        with self.transaction(call) as tx:
            lead = store.get(tx, request.id, request.etag)
            disqualified = lead.disqualify(reason, request.note, at=tx.now)
            store.save(tx, lead)
            tx.announce(disqualified)
            return tx.reply(to_proto(lead, lead_pb2.Lead))
