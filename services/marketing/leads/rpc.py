"""LeadService: leads over gRPC. Each method's errors are stated in lead_service.proto."""

from __future__ import annotations

from collections.abc import Iterator

from google.api import httpbody_pb2
from google.protobuf.empty_pb2 import Empty
from meridian.marketing.events.v1 import lead_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.marketing.v1 import lead_pb2, lead_service_pb2

from chassis import tables
from chassis.app import Transaction
from chassis.call import Call
from chassis.exports import export
from chassis.extensions import values
from chassis.grants import Visibility
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.records.enums import enum_names
from chassis.server import Servicer
from services.marketing.campaigns import store as campaigns
from services.marketing.leads import store
from services.marketing.leads.domain import DisqualifyReason, Lead


class LeadService(Servicer):
    """Capturing, working and qualifying leads."""

    descriptor = lead_service_pb2.DESCRIPTOR.services_by_name["LeadService"]

    def CreateLead(self, request: lead_service_pb2.CreateLeadRequest, call: Call) -> lead_pb2.Lead:
        """Capture a lead."""
        with self.transaction(call) as tx:
            lead = Lead(id=tx.new_id("lead"), **from_proto(request.lead, Lead))
            campaigns.require(tx, lead.campaign_id, field="lead.campaign_id")
            _claim(tx, lead)
            created = lead.capture(at=tx.now)
            values.enter(tx, store.RESOURCE, lead)
            store.add(tx, lead)
            tx.announce(created)
            return tx.reply(to_proto(lead, lead_pb2.Lead))

    def GetLead(self, request: lead_service_pb2.GetLeadRequest, call: Call) -> lead_pb2.Lead:
        """Read one lead."""
        with self.reading(call) as tx:
            return to_proto(store.look_up(tx, request.id), lead_pb2.Lead)

    def ListLeads(
        self, request: lead_service_pb2.ListLeadsRequest, call: Call
    ) -> lead_service_pb2.ListLeadsResponse:
        """Page through the leads that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return lead_service_pb2.ListLeadsResponse(
            leads=to_protos(page.rows, lead_pb2.Lead),
            next_page_token=page.next_page_token,
        )

    def ExportLeads(
        self, request: lead_service_pb2.ExportLeadsRequest, call: Call
    ) -> Iterator[httpbody_pb2.HttpBody]:
        """All of a list, as CSV."""
        return export(self.app, call, request, store.LISTING, lead_pb2.Lead)

    def UpdateLead(self, request: lead_service_pb2.UpdateLeadRequest, call: Call) -> lead_pb2.Lead:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.lead, request.update_mask.paths)
        with self.transaction(call) as tx:
            lead = store.get(tx, request.lead.id, request.lead.etag)
            changes = from_proto(request.lead, Lead, paths)
            lead.revise(values.merged(tx, store.RESOURCE, lead, changes))
            if "campaign_id" in paths:
                campaigns.require(tx, lead.campaign_id, field="lead.campaign_id")
            store.save_identity(tx, lead)
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

    def NurtureLead(
        self, request: lead_service_pb2.NurtureLeadRequest, call: Call
    ) -> lead_pb2.Lead:
        """Put a lead aside to be kept warm."""
        with self.transaction(call) as tx:
            lead = store.get(tx, request.id, request.etag)
            nurtured = lead.nurture()
            store.save(tx, lead)
            tx.announce(nurtured)
            return tx.reply(to_proto(lead, lead_pb2.Lead))

    def RecycleLead(
        self, request: lead_service_pb2.RecycleLeadRequest, call: Call
    ) -> lead_pb2.Lead:
        """Give a lead a new start without an owner."""
        with self.transaction(call) as tx:
            lead = store.get(tx, request.id, request.etag)
            recycled = lead.recycle()
            store.save(tx, lead)
            tx.announce(recycled)
            return tx.reply(to_proto(lead, lead_pb2.Lead))

    def AssignLead(self, request: lead_service_pb2.AssignLeadRequest, call: Call) -> lead_pb2.Lead:
        """Give a lead to somebody, by hand."""
        with self.transaction(call) as tx:
            lead = store.get(tx, request.id, request.etag)
            assigned = lead.assign(request.owner_id, request.team_id, request.business_unit_id)
            store.save(tx, lead)
            tx.announce(assigned)
            return tx.reply(to_proto(lead, lead_pb2.Lead))

    def ListLeadDuplicates(
        self, request: lead_service_pb2.ListLeadDuplicatesRequest, call: Call
    ) -> lead_service_pb2.ListLeadDuplicatesResponse:
        """The leads that may be the same person or company as this one."""
        with self.reading(call) as tx:
            found = store.duplicates_of(tx, store.get(tx, request.lead_id))
        answer = lead_service_pb2.ListLeadDuplicatesResponse()
        for lead_id, match, matched_on in found:
            shown = {"lead_id": lead_id, "match": match, "matched_on": matched_on}
            answer.duplicates.append(to_proto(shown, lead_pb2.LeadDuplicate))
        return answer


def _claim(tx: Transaction, lead: Lead) -> None:
    """Who sees only their own or their team's leads owns what they enter; else assignment rules decide."""
    if tx.call.visibility < Visibility.BUSINESS_UNIT:
        tables.own(tx, lead)
    lead.business_unit_id = tx.call.identity.business_unit
