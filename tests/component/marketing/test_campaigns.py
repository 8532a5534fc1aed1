"""Programmes, campaigns, budgets, touchpoints and results through real gRPC (MKT-1, MKT-8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from meridian.marketing.v1 import (
    campaign_pb2,
    campaign_service_pb2,
    lead_form_service_pb2,
    lead_import_service_pb2,
    lead_pb2,
    lead_service_pb2,
    programme_pb2,
    programme_service_pb2,
    touchpoint_pb2,
    touchpoint_service_pb2,
)
from meridian.sales.events.v1 import opportunity_events_pb2

from chassis.app import utc_now
from chassis.errors import AlreadyExists, Invalid, MeridianError, NotFound
from services.marketing.attribution import reactions
from services.marketing.manifest import SERVICE
from tests.running import Caller, RunningService

PROGRAMMES = programme_service_pb2.DESCRIPTOR.services_by_name["ProgrammeService"]
CAMPAIGNS = campaign_service_pb2.DESCRIPTOR.services_by_name["CampaignService"]
TOUCHPOINTS = touchpoint_service_pb2.DESCRIPTOR.services_by_name["TouchpointService"]
LEADS = lead_service_pb2.DESCRIPTOR.services_by_name["LeadService"]
FORMS = lead_form_service_pb2.DESCRIPTOR.services_by_name["LeadFormService"]
IMPORTS = lead_import_service_pb2.DESCRIPTOR.services_by_name["LeadImportService"]
PLANNED = campaign_pb2.BUDGET_ENTRY_KIND_PLANNED
ACTUAL = campaign_pb2.BUDGET_ENTRY_KIND_ACTUAL


@pytest.fixture
def marketing(run_service: Callable[..., RunningService]) -> RunningService:
    return run_service(SERVICE)


@pytest.fixture
def anna(marketing: RunningService) -> Caller:
    return marketing.caller("user_anna", "marketing.*@region")


def programme(caller: Caller, **fields: Any) -> programme_pb2.Programme:
    request = programme_service_pb2.CreateProgrammeRequest(programme={"name": "Cloud"} | fields)
    return caller.call(PROGRAMMES).CreateProgramme(request)


def campaign(caller: Caller, **fields: Any) -> campaign_pb2.Campaign:
    wanted = {"name": "Fair", "currency": "EUR"} | fields
    return caller.call(CAMPAIGNS).CreateCampaign(
        campaign_service_pb2.CreateCampaignRequest(campaign=wanted)
    )


def enter(caller: Caller, to: campaign_pb2.Campaign, **line: Any) -> campaign_pb2.BudgetEntry:
    line["amount"] = {"amount_minor": line.pop("minor"), "currency": line.pop("currency", "EUR")}
    return caller.call(CAMPAIGNS).CreateBudgetEntry(
        campaign_service_pb2.CreateBudgetEntryRequest(campaign_id=to.id, budget_entry=line)
    )


def read(caller: Caller, of: campaign_pb2.Campaign) -> campaign_pb2.Campaign:
    return caller.call(CAMPAIGNS).GetCampaign(campaign_service_pb2.GetCampaignRequest(id=of.id))


def lead(caller: Caller, **fields: Any) -> lead_pb2.Lead:
    request = lead_service_pb2.CreateLeadRequest(lead={"company": "Acme"} | fields)
    return caller.call(LEADS).CreateLead(request)


def results(caller: Caller, of: campaign_pb2.Campaign) -> campaign_pb2.CampaignResults:
    return caller.call(CAMPAIGNS).GetCampaignResults(
        campaign_service_pb2.GetCampaignResultsRequest(campaign_id=of.id)
    )


def refusal_of(action: Callable[[], object]) -> MeridianError:
    with pytest.raises(MeridianError) as refusal:
        action()
    return refusal.value


def test_a_campaign_is_planned_approved_and_run(marketing: RunningService, anna: Caller) -> None:
    cloud = programme(anna)
    fair = campaign(anna, programme_id=cloud.id)
    campaigns = anna.call(CAMPAIGNS)

    unplanned = refusal_of(
        lambda: campaigns.ApproveCampaign(campaign_service_pb2.ApproveCampaignRequest(id=fair.id))
    )
    enter(anna, fair, kind=PLANNED, minor=1000_00)
    campaigns.ApproveCampaign(campaign_service_pb2.ApproveCampaignRequest(id=fair.id))
    running = campaigns.StartCampaign(campaign_service_pb2.StartCampaignRequest(id=fair.id))

    assert unplanned.reason == "CAMPAIGN_UNPLANNED"
    assert running.state == campaign_pb2.CAMPAIGN_STATE_RUNNING
    assert (running.planned.amount_minor, running.planned.currency) == (1000_00, "EUR")
    assert marketing.events() == [
        "BudgetEntryAdded",
        "CampaignStateChanged",
        "CampaignStateChanged",
    ]


def test_a_budget_is_a_ledger(marketing: RunningService, anna: Caller) -> None:
    fair = campaign(anna)
    line = enter(anna, fair, kind=PLANNED, minor=500, reference="PO-1")

    twice = refusal_of(lambda: enter(anna, fair, kind=PLANNED, minor=500, reference="PO-1"))
    foreign = refusal_of(lambda: enter(anna, fair, kind=PLANNED, minor=1, currency="USD"))
    early = refusal_of(lambda: enter(anna, fair, kind=ACTUAL, minor=1))
    reverse = campaign_service_pb2.ReverseBudgetEntryRequest(campaign_id=fair.id, id=line.id)
    back = anna.call(CAMPAIGNS).ReverseBudgetEntry(reverse)
    again = refusal_of(lambda: anna.call(CAMPAIGNS).ReverseBudgetEntry(reverse))

    assert isinstance(twice, AlreadyExists)
    assert isinstance(foreign, Invalid)
    assert [each.reason for each in (twice, foreign, early, again)] == [
        "BUDGET_REFERENCE_USED",
        "BUDGET_CURRENCY",
        "CAMPAIGN_NOT_APPROVED",
        "BUDGET_ENTRY_REVERSED",
    ]
    assert (back.amount.amount_minor, back.reverses_id) == (-500, line.id)
    assert read(anna, fair).planned.amount_minor == 0
    listed = anna.call(CAMPAIGNS).ListBudgetEntries(
        campaign_service_pb2.ListBudgetEntriesRequest(campaign_id=fair.id)
    )
    assert [each.amount.amount_minor for each in listed.budget_entries] == [500, -500]
    assert sum(row["amount_minor"] for row in marketing.table("budget_entries")) == 0


def test_tactics_have_no_tactics_and_need_their_campaign(anna: Caller) -> None:
    fair = campaign(anna)
    booth = campaign(anna, parent_id=fair.id, name="Booth")

    nested = refusal_of(lambda: campaign(anna, parent_id=booth.id))
    missing = refusal_of(lambda: campaign(anna, parent_id="camp_na_0"))

    assert nested.reason == "TACTIC_OF_TACTIC"
    assert isinstance(missing, NotFound)


def test_what_is_in_use_is_not_deleted(anna: Caller) -> None:
    cloud = programme(anna)
    fair = campaign(anna, programme_id=cloud.id)
    lead(anna, campaign_id=fair.id)

    used = refusal_of(
        lambda: anna.call(CAMPAIGNS).DeleteCampaign(
            campaign_service_pb2.DeleteCampaignRequest(id=fair.id)
        )
    )
    bound = refusal_of(
        lambda: anna.call(PROGRAMMES).DeleteProgramme(
            programme_service_pb2.DeleteProgrammeRequest(id=cloud.id)
        )
    )

    assert (used.reason, bound.reason) == ("CAMPAIGN_IN_USE", "PROGRAMME_IN_USE")


def test_an_update_changes_the_name_alone(anna: Caller) -> None:
    fair = campaign(anna, channel="fair")

    update = campaign_service_pb2.UpdateCampaignRequest(
        campaign={"id": fair.id, "name": "Hannover"}, update_mask={"paths": ["name"]}
    )
    updated = anna.call(CAMPAIGNS).UpdateCampaign(update)

    assert (updated.name, updated.channel, updated.etag) == ("Hannover", "fair", "2")


def test_won_revenue_goes_back_to_the_campaigns_that_touched_the_lead(
    marketing: RunningService, anna: Caller
) -> None:
    fair, mailing = campaign(anna), campaign(anna, name="Mailing")
    enter(anna, fair, kind=PLANNED, minor=1000)
    approve = campaign_service_pb2.ApproveCampaignRequest(id=fair.id)
    anna.call(CAMPAIGNS).ApproveCampaign(approve)
    enter(anna, fair, kind=ACTUAL, minor=301)
    wang = lead(anna, campaign_id=fair.id)
    lead(anna, campaign_id=fair.id, company="Beta")
    touch(anna, wang, mailing)

    win(marketing, wang, fair, 5000)
    win(marketing, wang, fair, 5000)

    brought = results(anna, fair)
    assert (brought.leads, brought.first_touch_wins, brought.last_touch_wins) == (2, 1, 0)
    assert brought.first_touch_revenue.amount_minor == 5000
    assert brought.cost_per_lead.amount_minor == 150
    assert results(anna, mailing).last_touch_revenue.amount_minor == 5000

    event = opportunity_events_pb2.OpportunityReopened(opportunity_id="opp_na_1", closed_as="won")
    with marketing.app.transaction() as tx:
        reactions.on_opportunity_reopened(tx, event)
    assert results(anna, fair).first_touch_wins == 0
    assert marketing.table("attributions") == []


def test_a_touchpoint_lies_in_the_past_and_in_a_known_campaign(anna: Caller) -> None:
    wang, fair = lead(anna), campaign(anna)

    future = refusal_of(lambda: touch(anna, wang, fair, occur_time=utc_now() + timedelta(hours=1)))
    unknown = refusal_of(lambda: touch(anna, wang, campaign_pb2.Campaign(id="camp_na_0")))

    assert future.reason == "TOUCHPOINT_IN_FUTURE"
    assert isinstance(unknown, NotFound)


def test_what_brings_leads_names_a_campaign_that_there_is(
    marketing: RunningService, anna: Caller
) -> None:
    fair, wang = campaign(anna), lead(anna)
    update = lead_service_pb2.UpdateLeadRequest(
        lead={"id": wang.id, "campaign_id": "camp_na_0"}, update_mask={"paths": ["campaign_id"]}
    )
    form = lead_form_service_pb2.CreateLeadFormRequest(
        lead_form={"name": "Contact", "campaign_id": "camp_na_0", "fields": ["email"]}
    )
    file = lead_import_service_pb2.CreateLeadImportRequest(
        campaign_id="camp_na_0", content=b"email\nli@example.com\n"
    )

    for refused in (
        refusal_of(lambda: lead(anna, campaign_id="camp_na_0")),
        refusal_of(lambda: anna.call(LEADS).UpdateLead(update)),
        refusal_of(lambda: anna.call(FORMS).CreateLeadForm(form)),
        refusal_of(lambda: anna.call(IMPORTS).CreateLeadImport(iter([file]))),
    ):
        assert isinstance(refused, Invalid)
        assert refused.reason == "CAMPAIGN_UNKNOWN"
    assert [row["campaign_id"] for row in marketing.table("leads")] == [""]
    assert marketing.table("lead_forms") == marketing.table("lead_imports") == []
    assert lead(anna, campaign_id=fair.id).campaign_id == fair.id


def touch(
    caller: Caller, wang: lead_pb2.Lead, through: campaign_pb2.Campaign, **fields: Any
) -> touchpoint_pb2.Touchpoint:
    wanted = {"campaign_id": through.id, "kind": touchpoint_pb2.TOUCHPOINT_KIND_EMAIL} | fields
    return caller.call(TOUCHPOINTS).CreateTouchpoint(
        touchpoint_service_pb2.CreateTouchpointRequest(lead_id=wang.id, touchpoint=wanted)
    )


def win(
    marketing: RunningService, wang: lead_pb2.Lead, fair: campaign_pb2.Campaign, minor: int
) -> None:
    won = opportunity_events_pb2.OpportunityWon(
        opportunity_id="opp_na_1",
        lead_id=wang.id,
        campaign_id=fair.id,
        amount={"amount_minor": minor, "currency": "EUR"},
        close_time=utc_now(),
    )
    with marketing.app.transaction() as tx:
        reactions.on_opportunity_won(tx, won)
