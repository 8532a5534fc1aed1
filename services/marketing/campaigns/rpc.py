"""CampaignService over gRPC. Each method's errors are stated in campaign_service.proto."""

from __future__ import annotations

from typing import Any

from google.protobuf.empty_pb2 import Empty
from meridian.marketing.events.v1 import campaign_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.marketing.v1 import campaign_pb2, campaign_service_pb2

from chassis import tables
from chassis.app import Transaction
from chassis.call import Call
from chassis.errors import Refused
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.records.rows import from_row
from chassis.server import Servicer
from services.marketing.attribution import results
from services.marketing.campaigns import store
from services.marketing.campaigns.domain import BudgetEntry, Campaign, CampaignStateChanged
from services.marketing.leads import store as leads
from services.marketing.programmes import store as programmes


class CampaignService(Servicer):
    """Campaigns and tactics, their budgets and their results."""

    descriptor = campaign_service_pb2.DESCRIPTOR.services_by_name["CampaignService"]

    def CreateCampaign(
        self, request: campaign_service_pb2.CreateCampaignRequest, call: Call
    ) -> campaign_pb2.Campaign:
        """Enter a campaign, or a tactic of one."""
        with self.transaction(call) as tx:
            campaign = Campaign(id=tx.new_id("camp"))
            campaign.revise(from_proto(request.campaign, Campaign))
            _check_place(tx, campaign)
            tables.own(tx, campaign)
            store.add(tx, campaign)
            return tx.reply(to_proto(campaign, campaign_pb2.Campaign))

    def GetCampaign(
        self, request: campaign_service_pb2.GetCampaignRequest, call: Call
    ) -> campaign_pb2.Campaign:
        """Read one campaign."""
        with self.reading(call) as tx:
            return to_proto(store.get(tx, request.id), campaign_pb2.Campaign)

    def ListCampaigns(
        self, request: campaign_service_pb2.ListCampaignsRequest, call: Call
    ) -> campaign_service_pb2.ListCampaignsResponse:
        """Page through the campaigns that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return campaign_service_pb2.ListCampaignsResponse(
            campaigns=[
                to_proto(from_row(Campaign, row), campaign_pb2.Campaign) for row in page.rows
            ],
            next_page_token=page.next_page_token,
        )

    def UpdateCampaign(
        self, request: campaign_service_pb2.UpdateCampaignRequest, call: Call
    ) -> campaign_pb2.Campaign:
        """Change the fields named in update_mask."""
        paths = changed_paths(request.campaign, request.update_mask.paths)
        with self.transaction(call) as tx:
            campaign = store.get(tx, request.campaign.id, request.campaign.etag)
            campaign.revise(from_proto(request.campaign, Campaign, paths))
            _check_place(tx, campaign)
            store.save(tx, campaign)
            return tx.reply(to_proto(campaign, campaign_pb2.Campaign))

    def DeleteCampaign(
        self, request: campaign_service_pb2.DeleteCampaignRequest, call: Call
    ) -> Empty:
        """Remove a draft that nothing refers to."""
        with self.transaction(call) as tx:
            campaign = store.get(tx, request.id, request.etag)
            campaign.require_draft()
            used = store.any_tactic(tx, campaign.id) or leads.any_of_campaign(tx, campaign.id)
            if used or campaign.has_entries:
                raise Refused("CAMPAIGN_IN_USE")
            store.remove(tx, campaign)
            return tx.reply(Empty())

    def ApproveCampaign(
        self, request: campaign_service_pb2.ApproveCampaignRequest, call: Call
    ) -> campaign_pb2.Campaign:
        """Say that it may be done and its planned money be spent."""
        with self.transaction(call) as tx:
            campaign = store.get(tx, request.id, request.etag)
            return _moved(tx, campaign, campaign.approve())

    def StartCampaign(
        self, request: campaign_service_pb2.StartCampaignRequest, call: Call
    ) -> campaign_pb2.Campaign:
        """Begin, or go on after a pause."""
        with self.transaction(call) as tx:
            campaign = store.get(tx, request.id, request.etag)
            return _moved(tx, campaign, campaign.start())

    def PauseCampaign(
        self, request: campaign_service_pb2.PauseCampaignRequest, call: Call
    ) -> campaign_pb2.Campaign:
        """Stop for a while."""
        with self.transaction(call) as tx:
            campaign = store.get(tx, request.id, request.etag)
            return _moved(tx, campaign, campaign.pause())

    def CompleteCampaign(
        self, request: campaign_service_pb2.CompleteCampaignRequest, call: Call
    ) -> campaign_pb2.Campaign:
        """It is done."""
        with self.transaction(call) as tx:
            campaign = store.get(tx, request.id, request.etag)
            return _moved(tx, campaign, campaign.complete())

    def CancelCampaign(
        self, request: campaign_service_pb2.CancelCampaignRequest, call: Call
    ) -> campaign_pb2.Campaign:
        """Give it up, with the reason."""
        with self.transaction(call) as tx:
            campaign = store.get(tx, request.id, request.etag)
            return _moved(tx, campaign, campaign.cancel(request.reason))

    def CreateBudgetEntry(
        self, request: campaign_service_pb2.CreateBudgetEntryRequest, call: Call
    ) -> campaign_pb2.BudgetEntry:
        """Enter a line of the budget."""
        with self.transaction(call) as tx:
            values = from_proto(request.budget_entry, BudgetEntry)
            values["entry_date"] = values["entry_date"] or tx.now.date().isoformat()
            return _entered(tx, request.campaign_id, values)

    def ListBudgetEntries(
        self, request: campaign_service_pb2.ListBudgetEntriesRequest, call: Call
    ) -> campaign_service_pb2.ListBudgetEntriesResponse:
        """Page through the lines of a campaign's budget."""
        with self.reading(call) as tx:
            campaign = store.get(tx, request.campaign_id)
            page = store.ENTRIES.page(tx, request, store.entries.c.campaign_id == campaign.id)
        return campaign_service_pb2.ListBudgetEntriesResponse(
            budget_entries=to_protos(page.rows, campaign_pb2.BudgetEntry),
            next_page_token=page.next_page_token,
        )

    def ReverseBudgetEntry(
        self, request: campaign_service_pb2.ReverseBudgetEntryRequest, call: Call
    ) -> campaign_pb2.BudgetEntry:
        """Take a line back by another one of the opposite amount."""
        with self.transaction(call) as tx:
            wrong = store.entry_of(tx, request.campaign_id, request.id)
            if wrong.reverses_id or store.is_reversed(tx, wrong.id):
                raise Refused("BUDGET_ENTRY_REVERSED")
            values = {
                "kind": wrong.kind,
                "amount": -wrong.amount,
                "entry_date": tx.now.date().isoformat(),
                "description": request.description,
                "reverses_id": wrong.id,
            }
            return _entered(tx, request.campaign_id, values)

    def GetCampaignResults(
        self, request: campaign_service_pb2.GetCampaignResultsRequest, call: Call
    ) -> campaign_pb2.CampaignResults:
        """What a campaign, with its tactics, has brought and cost so far."""
        with self.reading(call) as tx:
            campaign = store.get(tx, request.campaign_id)
            return results.of_campaign(tx, campaign)


def _check_place(tx: Transaction, campaign: Campaign) -> None:
    """Its programme and parent exist, and the parent is no tactic itself."""
    if campaign.programme_id:
        programmes.get(tx, campaign.programme_id)
    if not campaign.parent_id:
        return
    parent = store.get(tx, campaign.parent_id)
    if parent.parent_id or parent.id == campaign.id or store.any_tactic(tx, campaign.id):
        raise Refused("TACTIC_OF_TACTIC")


def _moved(
    tx: Transaction, campaign: Campaign, moved: CampaignStateChanged
) -> campaign_pb2.Campaign:
    store.save(tx, campaign)
    tx.announce(moved)
    return tx.reply(to_proto(campaign, campaign_pb2.Campaign))


def _entered(tx: Transaction, campaign_id: str, values: dict[str, Any]) -> campaign_pb2.BudgetEntry:
    campaign = store.get(tx, campaign_id)
    entry = BudgetEntry(
        id=tx.new_id("bent"),
        campaign_id=campaign.id,
        author_id=tx.call.identity.subject,
        create_time=tx.now,
        **values,
    )
    added = campaign.enter(entry)
    store.save(tx, campaign)
    store.add_entry(tx, entry)
    tx.announce(added)
    return tx.reply(to_proto(entry, campaign_pb2.BudgetEntry))
