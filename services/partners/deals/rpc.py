"""DealService: deal registration over gRPC. Each method's errors are stated in deal_service.proto."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty
from meridian.partners.events.v1 import deal_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.partners.v1 import deal_pb2, deal_service_pb2

from chassis.call import Call
from chassis.errors import Aborted, Invalid
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.records.enums import enum_names
from chassis.server import Servicer
from services.partners.deals import approval, conversion, sales, store
from services.partners.deals.decisions import LISTING as DECISIONS
from services.partners.deals.decisions import decide
from services.partners.deals.domain import Deal
from services.partners.deals.explanations import explained
from services.partners.deals.particulars import ConversionPlan
from services.partners.deals.states import DealRejectReason, DealState, DealVerdict
from services.partners.partners import store as partners


class DealService(Servicer):
    """Registering deals, deciding about them, and handing them over to sales."""

    descriptor = deal_service_pb2.DESCRIPTOR.services_by_name["DealService"]

    def CreateDeal(self, request: deal_service_pb2.CreateDealRequest, call: Call) -> deal_pb2.Deal:
        """Begin a registration, as a draft; a partner user's is that of the own company."""
        fields = from_proto(request.deal, Deal)
        fields["partner_id"] = fields["partner_id"] or call.identity.partner_id
        if not fields["partner_id"]:
            raise Invalid("DEAL_WITHOUT_PARTNER", field="deal.partner_id")
        with self.transaction(call) as tx:
            deal = Deal(id=tx.new_id("deal"), **fields)
            deal.draft(partners.get(tx, deal.partner_id))
            store.add(tx, deal)
            return tx.reply(to_proto(deal, deal_pb2.Deal))

    def GetDeal(self, request: deal_service_pb2.GetDealRequest, call: Call) -> deal_pb2.Deal:
        """Read one deal."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), deal_pb2.Deal)

    def ListDeals(
        self, request: deal_service_pb2.ListDealsRequest, call: Call
    ) -> deal_service_pb2.ListDealsResponse:
        """Page through the deals that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return deal_service_pb2.ListDealsResponse(
            deals=to_protos(page.rows, deal_pb2.Deal),
            next_page_token=page.next_page_token,
        )

    def UpdateDeal(self, request: deal_service_pb2.UpdateDealRequest, call: Call) -> deal_pb2.Deal:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.deal, request.update_mask.paths)
        with self.transaction(call) as tx:
            deal = store.get(tx, request.deal.id, request.deal.etag)
            deal.revise(from_proto(request.deal, Deal, paths))
            store.save(tx, deal)
            return tx.reply(to_proto(deal, deal_pb2.Deal))

    def DeleteDeal(self, request: deal_service_pb2.DeleteDealRequest, call: Call) -> Empty:
        """Remove a draft."""
        with self.transaction(call) as tx:
            deal = store.get(tx, request.id, request.etag)
            deal.require_deletable()
            store.remove(tx, deal)
            return tx.reply(Empty())

    def SubmitDeal(self, request: deal_service_pb2.SubmitDealRequest, call: Call) -> deal_pb2.Deal:
        """Ask for a decision."""
        with self.transaction(call) as tx:
            deal = store.get(tx, request.id, request.etag)
            submitted = deal.submit(partners.known(tx, deal.partner_id), at=tx.now)
            decide(tx, deal, DealVerdict.SUBMITTED)
            store.index_keys(tx, deal)
            tx.announce(submitted)
            return tx.reply(to_proto(deal, deal_pb2.Deal))

    def ReviewDeal(self, request: deal_service_pb2.ReviewDealRequest, call: Call) -> deal_pb2.Deal:
        """Take a submitted deal under review, with what the conflict rules find."""
        with self.transaction(call) as tx:
            seen = store.get(tx, request.id, request.etag)
            seen.require_submitted()
        opportunities = sales.open_opportunities(self.app, seen, call)
        with self.transaction(call) as tx:
            deal = store.get(tx, request.id)
            _require_unchanged(deal, seen)
            findings = deal.examine(store.surroundings(tx, deal, opportunities))
            reviewed = deal.review(findings)
            decide(tx, deal, DealVerdict.REVIEWED, findings=findings)
            tx.announce(reviewed)
            return tx.reply(to_proto(deal, deal_pb2.Deal))

    def ReturnDeal(self, request: deal_service_pb2.ReturnDealRequest, call: Call) -> deal_pb2.Deal:
        """Give a deal back to the partner."""
        with self.transaction(call) as tx:
            deal = store.get(tx, request.id, request.etag)
            returned = deal.give_back()
            decide(tx, deal, DealVerdict.RETURNED, request.note)
            tx.announce(returned)
            return tx.reply(to_proto(deal, deal_pb2.Deal))

    def ApproveDeal(
        self, request: deal_service_pb2.ApproveDealRequest, call: Call
    ) -> deal_pb2.Deal:
        """Protect the deal: sales is asked first, then everything is checked again in one transaction."""
        with self.transaction(call) as tx:
            seen = store.get(tx, request.id, request.etag)
            seen.require_under_review()
        opportunities = sales.open_opportunities(self.app, seen, call)
        with self.transaction(call) as tx:
            deal = store.get(tx, request.id)
            _require_unchanged(deal, seen)
            findings = deal.examine(store.surroundings(tx, deal, opportunities))
            partner = partners.known(tx, deal.partner_id)
            days, note = request.protection_days, request.note
            approval.approve(tx, deal, partner, findings, protection_days=days, note=note)
            return tx.reply(to_proto(deal, deal_pb2.Deal))

    def WithdrawDeal(
        self, request: deal_service_pb2.WithdrawDealRequest, call: Call
    ) -> deal_pb2.Deal:
        """Take a registration back."""
        with self.transaction(call) as tx:
            deal = store.get(tx, request.id, request.etag)
            withdrawn = deal.withdraw()
            decide(tx, deal, DealVerdict.WITHDRAWN)
            tx.announce(withdrawn)
            return tx.reply(to_proto(deal, deal_pb2.Deal))

    def RejectDeal(self, request: deal_service_pb2.RejectDealRequest, call: Call) -> deal_pb2.Deal:
        """Turn a deal down, or take an approval back."""
        names = enum_names(deal_pb2.DealRejectReason.DESCRIPTOR)
        reason = DealRejectReason(names[request.reason])
        with self.transaction(call) as tx:
            deal = store.get(tx, request.id, request.etag)
            rejected = deal.reject(reason)
            decide(tx, deal, DealVerdict.REJECTED, request.note)
            tx.announce(rejected)
            return tx.reply(to_proto(deal, deal_pb2.Deal))

    def ConvertDeal(
        self, request: deal_service_pb2.ConvertDealRequest, call: Call
    ) -> deal_pb2.Deal:
        """Hand an approved deal over to sales; repeated, go on with it or tell what it became."""
        plan = ConversionPlan(**from_proto(request, ConversionPlan))
        with self.transaction(call) as tx:
            deal = store.get(tx, request.id, request.etag)
            if not conversion.is_handed_over(deal):
                deal.begin_conversion(plan)
                decide(tx, deal, DealVerdict.CONVERSION_STARTED)
        if deal.state is DealState.CONVERTING:
            conversion.finish(self.app, deal, call)
        with self.transaction(call) as tx:
            return tx.reply(to_proto(store.get(tx, request.id), deal_pb2.Deal))

    def ListDealDecisions(
        self, request: deal_service_pb2.ListDealDecisionsRequest, call: Call
    ) -> deal_service_pb2.ListDealDecisionsResponse:
        """Page through what was decided about a deal and why."""
        with self.reading(call) as tx:
            deal = store.get(tx, request.deal_id)
            page = DECISIONS.page(tx, request, DECISIONS.table.c.deal_id == deal.id)
        texts = self.app.service.folder
        return deal_service_pb2.ListDealDecisionsResponse(
            decisions=[explained(row, call, texts) for row in page.rows],
            next_page_token=page.next_page_token,
        )


def _require_unchanged(deal: Deal, seen: Deal) -> None:
    if deal.version != seen.version:
        raise Aborted("DEAL_CHANGED")
