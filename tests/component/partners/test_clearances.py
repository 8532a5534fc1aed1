"""Deals of two regions for the same customer and product line: one wins, the hub says which (PRM-4, PLT-4)."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from google.protobuf.message import Message
from meridian.partners.events.v1 import clearance_events_pb2
from meridian.partners.v1 import clearance_service_pb2, deal_pb2, deal_service_pb2
from meridian.sales.events.v1 import opportunity_events_pb2

from chassis.app import utc_now
from chassis.errors import Denied, Refused
from chassis.inbox import Event, handle_once
from services.partners.deals import expiry, waiting
from tests.component.partners.clearing import (
    CLEARANCES,
    CUSTOMERS,
    REGIONS,
    Regions,
    withdraw,
)
from tests.component.partners.onboarding import refusal_of
from tests.component.partners.registration import (
    DEALS,
    NORDWIND,
    approve,
    convert,
    decisions,
    reject,
)
from tests.crossing import receive
from tests.running import RunningService


def test_an_approval_waits_for_the_hub_and_is_granted(regions: Regions) -> None:
    deal_id = regions.under_review("emea")

    waiting_deal = approve(regions.manager("emea"), deal_id, protection_days=30)

    assert waiting_deal.state == deal_pb2.DEAL_STATE_CLEARING
    assert waiting_deal.HasField("clearing_time")
    assert not waiting_deal.HasField("protection_end_time")
    regions.crossing.settle()
    deal = regions.get("emea", deal_id)
    assert (deal.state, deal.commission_rate_bp) == (deal_pb2.DEAL_STATE_APPROVED, 1250)
    assert not deal.HasField("clearing_time")
    protection = deal.protection_end_time.ToDatetime() - deal.approve_time.ToDatetime()
    assert protection == timedelta(days=30)
    assert regions.services["emea"].events().count("DealApproved") == 1
    assert regions.held_by() == {deal_id}
    assert len(regions.digests()) == 1


def test_in_the_hub_an_approval_is_decided_at_once(regions: Regions) -> None:
    deal_id = regions.under_review("na")

    assert approve(regions.manager("na"), deal_id).state == deal_pb2.DEAL_STATE_APPROVED
    assert regions.held_by() == {deal_id}
    regions.crossing.settle()
    assert len(regions.digests()) == 1


@pytest.mark.parametrize(("first", "second"), [("na", "emea"), ("emea", "apac")])
def test_another_region_has_the_customer_already(regions: Regions, first: str, second: str) -> None:
    # By name and country, or by tax id.
    winner = regions.approved(first)
    customer = CUSTOMERS[second] | ({"tax_id": "DE811222333"} if first == "na" else {})
    if second == "apac":
        customer |= {"name": "Nordwind GmbH"}
    loser = regions.under_review(second, customer=customer)
    approve(regions.manager(second), loser)
    regions.crossing.settle()

    assert regions.state(second, loser) == "CONFLICTED"
    last = decisions(regions.manager(second), loser)[-1]
    assert last.verdict == deal_pb2.DEAL_VERDICT_CONFLICTED
    (finding,) = last.findings
    assert (finding.rule, finding.conflict, finding.conflicting_id) == (
        deal_pb2.DEAL_RULE_OTHER_REGION,
        True,
        winner,
    )
    assert finding.explanation.startswith(f"Region {first} protects this customer")
    local = [r["holder_id"] for r in regions.services[second].table("claims")]
    assert loser not in local
    assert regions.services[second].events()[-1] == "DealConflicted"
    assert len(regions.digests()) == 1


def test_the_hub_refuses_what_another_region_has(regions: Regions) -> None:
    winner = regions.approved("emea")
    deal_id = regions.under_review("na")

    refusal = refusal_of(lambda: approve(regions.manager("na"), deal_id))

    assert (type(refusal), refusal.reason) == (Refused, "DEAL_PROTECTED_IN_REGION")
    assert (refusal.params["conflicting_id"], refusal.params["region"]) == (winner, "emea")
    assert regions.state("na", deal_id) == "UNDER_REVIEW"
    assert regions.held_by() == {winner}
    assert [row["deal_id"] for row in regions.services["na"].table("clearances")] == [winner]


def test_what_differs_in_customer_or_product_line_is_no_conflict(regions: Regions) -> None:
    regions.approved("na")
    other_line = regions.under_review("emea", product_line="Servers")
    other_customer = regions.under_review(
        "apac", customer={"name": "Südwind", "tax_id": "DE 999", "country": "DE"}
    )
    approve(regions.manager("emea"), other_line)
    approve(regions.manager("apac"), other_customer)
    regions.crossing.settle()

    assert regions.state("emea", other_line) == regions.state("apac", other_customer) == "APPROVED"


@pytest.mark.parametrize("seed", range(6))
def test_of_approvals_in_all_regions_at_once_one_wins_in_whatever_order_events_come(
    regions: Regions, seed: int
) -> None:
    disorder = random.Random(seed)
    customer = {"customer": NORDWIND}
    racing = {region: regions.under_review(region, **customer) for region in REGIONS}
    asked = list(REGIONS)
    disorder.shuffle(asked)
    refused = 0
    for region in asked:
        try:
            approve(regions.manager(region), racing[region])
        except Refused:
            refused += 1
    regions.crossing.settle(disorder)

    states = sorted(regions.state(region, racing[region]) for region in REGIONS)
    assert states.count("APPROVED") == 1
    assert states.count("CONFLICTED") + refused == 2
    assert "CLEARING" not in states
    assert len(regions.held_by()) == 1
    assert len(regions.digests()) == 1


@pytest.mark.parametrize("end", ["withdraw", "reject", "expire", "lose"])
def test_the_end_of_a_protection_frees_the_customer_in_all_regions(
    regions: Regions, end: str
) -> None:
    first, second = regions.approved("emea"), regions.under_review("apac")
    manager, emea = regions.manager("emea"), regions.services["emea"]
    match end:
        case "withdraw":
            withdraw(manager, first)
        case "reject":
            reject(manager, first)
        case "expire":
            emea.app.clock = lambda: utc_now() + timedelta(days=400)
            expiry.expire(emea.app)
        case "lose":
            convert(manager, first)
            lose(emea, regions.get("emea", first))
    regions.crossing.settle()
    assert regions.held_by() == set()

    customer = {"customer": NORDWIND}
    second = regions.under_review("apac", **customer)
    approve(regions.manager("apac"), second)
    regions.crossing.settle()
    assert regions.state("apac", second) == "APPROVED"
    assert len(regions.digests()) == 1


def lose(partners: RunningService, deal: deal_pb2.Deal) -> None:
    """Let sales tell that the opportunity of a deal was lost."""
    event = opportunity_events_pb2.OpportunityLost(
        opportunity_id=deal.opportunity_id, deal_id=deal.id, partner_id=deal.partner_id
    )
    subject = "meridian.emea.sales.opportunity.lost.v1"
    received = Event(subject, {"ce-id": "lost-1"}, event.SerializeToString())
    reactions = partners.app.service.reactions_from("sales")
    handle_once(partners.app, "partners-from-sales", reactions, [received])


def test_a_conflicted_deal_is_reviewed_and_approved_when_the_other_has_ended(
    regions: Regions,
) -> None:
    first = regions.approved("na")
    second = regions.under_review("emea", customer=NORDWIND)
    approve(regions.manager("emea"), second)
    regions.crossing.settle()
    assert regions.state("emea", second) == "CONFLICTED"

    withdraw(regions.manager("na"), first)
    regions.crossing.settle()
    review = deal_service_pb2.ReviewDealRequest(id=second)
    regions.manager("emea").call(DEALS).ReviewDeal(review)
    approve(regions.manager("emea"), second)
    regions.crossing.settle()

    assert regions.state("emea", second) == "APPROVED"
    numbers = [(r["deal_id"], r["number"]) for r in regions.services["apac"].table("clearances")]
    assert sorted(numbers) == sorted([(first, 1), (second, 1), (second, 2)])


def test_while_the_hub_is_asked_only_withdrawing_is_possible(regions: Regions) -> None:
    deal_id = regions.under_review("emea")
    emea = regions.manager("emea")
    approve(emea, deal_id)

    for refused, reason in (
        (lambda: approve(emea, deal_id), "DEAL_NOT_UNDER_REVIEW"),
        (lambda: reject(emea, deal_id), "DEAL_NOT_REJECTABLE"),
        (lambda: convert(emea, deal_id), "DEAL_NOT_APPROVED"),
    ):
        assert refusal_of(refused).reason == reason
    assert withdraw(emea, deal_id).state == deal_pb2.DEAL_STATE_WITHDRAWN
    assert refusal_of(lambda: withdraw(emea, deal_id)).reason == "DEAL_NOT_WITHDRAWABLE"
    regions.crossing.settle(random.Random(3))

    assert regions.state("emea", deal_id) == "WITHDRAWN"
    assert regions.held_by() == set()
    assert "DealApproved" not in regions.services["emea"].events()
    assert len(regions.digests()) == 1


def test_a_partner_sees_that_it_waits_and_may_withdraw_its_own(regions: Regions) -> None:
    deal_id = regions.under_review("emea", customer=NORDWIND)
    regions.approved("na")
    approve(regions.manager("emea"), deal_id)
    paul = regions.services["emea"].caller(
        "user_paul",
        "partners.deals.read@partner",
        "partners.deals.withdraw@partner",
        partner_id=regions.partners["emea"],
        language="zh",
    )
    listed = deal_service_pb2.ListDealsRequest(filter="state = CLEARING")
    assert [deal.id for deal in paul.call(DEALS).ListDeals(listed).deals] == [deal_id]

    regions.crossing.settle()
    (finding,) = decisions(paul, deal_id)[-1].findings
    assert finding.explanation.startswith("区域 na 已为其他报备保护该客户和产品线")
    assert finding.conflicting_id == ""
    request = clearance_service_pb2.ListClearancesRequest()
    assert isinstance(refusal_of(lambda: paul.call(CLEARANCES).ListClearances(request)), Denied)
    assert withdraw(paul, deal_id).state == deal_pb2.DEAL_STATE_WITHDRAWN


def test_a_cut_link_delays_a_deal_and_loses_nothing(regions: Regions) -> None:
    deal_id = regions.under_review("emea")
    approve(regions.manager("emea"), deal_id)
    emea = regions.services["emea"].app
    waiting.ask_again(emea)
    kept = regions.crossing.announced()
    for minutes in (6, 12):
        emea.clock = lambda minutes=minutes: utc_now() + timedelta(minutes=minutes)
        waiting.ask_again(emea)
    verdicts = [each.verdict for each in decisions(regions.manager("emea"), deal_id)]
    assert verdicts.count(deal_pb2.DEAL_VERDICT_CLEARING_DELAYED) == 1
    again = regions.crossing.announced()
    assert [event.subject.rpartition("deal.")[2] for event in again] == [
        "clearance_requested.v1"
    ] * 2

    regions.crossing.deliver([*again, *kept])
    regions.crossing.settle()

    assert regions.state("emea", deal_id) == "APPROVED"
    assert regions.services["emea"].events().count("DealApproved") == 1
    assert len(regions.services["na"].table("clearances")) == 1


def test_what_others_say_of_a_deal_that_is_not_theirs_is_ignored(regions: Regions) -> None:
    deal_id = regions.approved("emea")
    released = clearance_events_pb2.DealClearanceReleased(deal_id=deal_id, number=1)
    receive(regions.services["na"], forged("apac", "clearance_released", released))
    refused = clearance_events_pb2.DealClearanceDecided(
        deal_id=regions.under_review("emea", product_line="x"), number=1, decision="granted"
    )
    receive(regions.services["emea"], forged("apac", "clearance_decided", refused))

    assert regions.held_by() == {deal_id}
    assert len(regions.services["emea"].table("clearances")) == 1


def forged(region: str, participle: str, message: Message) -> Event:
    """An event that says it comes from a region."""
    subject = f"meridian.{region}.partners.deal.{participle}.v1"
    headers = {"ce-id": f"forged-{participle}", "ce-region": region}
    return Event(subject, headers, message.SerializeToString())
