"""Deal registration through real gRPC on a real PostgreSQL (PRM-4)."""

from __future__ import annotations

from typing import Any

import pytest
from meridian.partners.v1 import deal_pb2, deal_service_pb2

from chassis.errors import Aborted, Denied, Invalid, NotFound, Refused, Unavailable
from tests.component.partners.neighbours import Sales
from tests.component.partners.onboarding import activate, refusal_of, suspend
from tests.component.partners.registration import (
    DEALS,
    NORDWIND,
    approve,
    bring_under_review,
    decisions,
    draft,
    reject,
    submit,
)
from tests.running import Caller, RunningService

Request = deal_service_pb2


@pytest.fixture
def jo(partners: RunningService, mia: Caller) -> Caller:
    """A user of a partner."""
    return user_of(partners, activate(mia).id)


def user_of(partners: RunningService, partner_id: str) -> Caller:
    verbs = ("create", "read", "update", "delete", "submit")
    grants = [f"partners.deals.{verb}@partner" for verb in verbs]
    return partners.caller(f"user_of_{partner_id}", *grants, partner_id=partner_id)


def listed(caller: Caller, **query: Any) -> list[str]:
    """References on all pages."""
    found: list[str] = []
    token = ""
    while True:
        page = caller.call(DEALS).ListDeals(Request.ListDealsRequest(page_token=token, **query))
        found += [deal.reference for deal in page.deals]
        token = page.next_page_token
        if not token:
            return found


def test_a_partner_registers_a_deal_of_its_own(partners: RunningService, jo: Caller) -> None:
    deal = draft(jo, contact={"family_name": "Berg", "email": "berg@nordwind.example"})

    assert deal.partner_id == jo.identity.partner_id
    assert (deal.state, deal.owner_id) == (deal_pb2.DEAL_STATE_DRAFT, "user_mia")
    assert deal.contact.family_name == "Berg"
    assert jo.call(DEALS).GetDeal(Request.GetDealRequest(id=deal.id)) == deal
    assert partners.events()[-1] == "PartnerActivated"


def test_nobody_registers_for_another_partner(
    partners: RunningService, mia: Caller, jo: Caller
) -> None:
    other = activate(mia, name="Other")

    assert isinstance(refusal_of(lambda: draft(jo, other.id)), NotFound)
    assert refusal_of(lambda: draft(mia)).reason == "DEAL_WITHOUT_PARTNER"
    suspend(mia, other.id)
    assert refusal_of(lambda: draft(mia, other.id)).reason == "PARTNER_NOT_ACTIVE"
    assert partners.table("deals") == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"customer": NORDWIND | {"email_domain": "gmail.com"}}, "DEAL_PUBLIC_EMAIL_DOMAIN"),
        ({"expected_close_date": "2027-02-30"}, "DATE_INVALID"),
        ({"expected_amount": {"amount_minor": 1, "currency": "ABC"}}, "CURRENCY_UNKNOWN"),
        ({"customer": NORDWIND | {"email_domain": "no domain"}}, "INVALID_FIELDS"),
        ({"customer": NORDWIND | {"tax_id": "--"}}, "INVALID_FIELDS"),
    ],
)
def test_a_draft_makes_sense(
    partners: RunningService, jo: Caller, fields: dict[str, Any], reason: str
) -> None:
    refusal = refusal_of(lambda: draft(jo, **fields))

    assert isinstance(refusal, Invalid)
    assert refusal.reason == reason
    assert partners.table("deals") == []


def test_submitting_names_what_is_needed(partners: RunningService, jo: Caller) -> None:
    deal = draft(jo, customer={"name": "Nordwind AG"}, product_line="")

    request = Request.SubmitDealRequest(id=deal.id)
    refusal = refusal_of(lambda: jo.call(DEALS).SubmitDeal(request))

    assert isinstance(refusal, Invalid)
    assert [(v.field, v.reason) for v in refusal.violations] == [
        ("deal.customer.country", "REQUIRED"),
        ("deal.customer.tax_id", "REQUIRED"),
        ("deal.product_line", "REQUIRED"),
    ]
    assert [row["state"] for row in partners.table("deals")] == ["draft"]
    assert partners.table("deal_keys") == []


def test_only_drafts_and_returned_deals_change(jo: Caller, mia: Caller) -> None:
    deal = submit(jo)
    change = Request.UpdateDealRequest(deal={"id": deal.id, "product_line": "network"})
    delete = Request.DeleteDealRequest(id=deal.id)

    assert refusal_of(lambda: jo.call(DEALS).UpdateDeal(change)).reason == "DEAL_NOT_EDITABLE"
    assert refusal_of(lambda: jo.call(DEALS).DeleteDeal(delete)).reason == "DEAL_NOT_DELETABLE"
    mia.call(DEALS).ReviewDeal(Request.ReviewDealRequest(id=deal.id))
    returned = mia.call(DEALS).ReturnDeal(
        Request.ReturnDealRequest(id=deal.id, note="which product line?")
    )
    changed = jo.call(DEALS).UpdateDeal(change)
    again = jo.call(DEALS).SubmitDeal(Request.SubmitDealRequest(id=deal.id))

    assert not returned.HasField("complete_time")
    assert (changed.product_line, again.state) == ("network", deal_pb2.DEAL_STATE_SUBMITTED)
    assert again.complete_time.ToDatetime() > deal.complete_time.ToDatetime()


def test_a_draft_is_removed(partners: RunningService, jo: Caller) -> None:
    deal = draft(jo)
    jo.call(DEALS).DeleteDeal(Request.DeleteDealRequest(id=deal.id))
    assert partners.table("deals") == []


def test_an_approval_protects_and_is_explained(
    partners: RunningService, sales: Sales, jo: Caller, mia: Caller
) -> None:
    deal = submit(jo)
    mia.call(DEALS).ReviewDeal(Request.ReviewDealRequest(id=deal.id))
    approved = approve(mia, deal.id, protection_days=30, note="well prepared")

    assert approved.state == deal_pb2.DEAL_STATE_APPROVED
    assert approved.commission_rate_bp == 1250
    protected = approved.protection_end_time.ToDatetime() - approved.approve_time.ToDatetime()
    assert protected.days == 30
    assert sorted(row["key"] for row in partners.table("claims")) == [
        "deal|email_domain:nordwind.example|storage",
        "deal|name:nordwind@DE|storage",
        "deal|tax_id:de811222333|storage",
    ]
    asked = sales.asked[-1]
    assert (asked.name, asked.product_line) == ("Nordwind AG", "storage")
    assert [(i.type, i.issuer, i.value) for i in asked.identifiers] == [
        (4, "DE", "DE 811 222 333"),
        (3, "", "nordwind.example"),
    ]
    assert partners.events()[-3:] == ["DealSubmitted", "DealReviewed", "DealApproved"]
    made = decisions(mia, deal.id)
    assert [decision.verdict for decision in made] == [
        deal_pb2.DEAL_VERDICT_SUBMITTED,
        deal_pb2.DEAL_VERDICT_REVIEWED,
        deal_pb2.DEAL_VERDICT_APPROVED,
    ]
    assert (made[2].note, made[2].actor_id) == ("well prepared", "user_mia")
    assert [finding.explanation for finding in made[2].findings] == [
        "No other deal protects this customer and product line.",
        "Sales has no open opportunity with this customer for the product line.",
        "No other partner's registration was complete earlier.",
    ]


def test_a_protected_customer_is_recognised_by_any_identifier(
    partners: RunningService, mia: Caller
) -> None:
    first = bring_under_review(mia, activate(mia).id)
    approve(mia, first.id)
    other = activate(mia, name="Other").id
    same_domain = {"name": "NW Holding", "email_domain": "www.Nordwind.example", "country": "AT"}
    second = bring_under_review(mia, other, customer=same_domain, product_line="STORAGE")

    refusal = refusal_of(lambda: approve(mia, second.id))

    assert isinstance(refusal, Refused)
    assert (refusal.reason, refusal.params) == (
        "DEAL_PROTECTED_FOR_OTHER",
        {"conflicting_id": first.id, "identifier": "email_domain"},
    )
    assert {row["holder_id"] for row in partners.table("claims")} == {first.id}
    network = bring_under_review(mia, other, product_line="network")
    assert approve(mia, network.id).state == deal_pb2.DEAL_STATE_APPROVED


def test_partner_users_are_not_told_whose_deal_is_in_the_way(
    partners: RunningService, mia: Caller, jo: Caller
) -> None:
    first = bring_under_review(mia, activate(mia, name="First").id)
    approve(mia, first.id)
    deal = submit(jo)
    mia.call(DEALS).ReviewDeal(Request.ReviewDealRequest(id=deal.id))

    for_us, for_them = decisions(mia, deal.id)[1], decisions(jo, deal.id)[1]

    assert for_us.findings[0].conflicting_id == first.id
    assert (for_them.findings[0].conflict, for_them.findings[0].conflicting_id) == (True, "")
    assert for_them.findings[0].explanation == (
        "Another deal protects this customer and product line; the email domain is the same."
    )
    hidden = Request.ListDealDecisionsRequest(deal_id=first.id)
    assert isinstance(refusal_of(lambda: jo.call(DEALS).ListDealDecisions(hidden)), NotFound)


def test_an_open_opportunity_of_ours_stands_in_the_way(sales: Sales, mia: Caller) -> None:
    partner_id = activate(mia).id
    sales.open_deals = [{"opportunity_id": "opp_na_9", "direct": True, "matched_on": ["tax_id"]}]
    deal = bring_under_review(mia, partner_id)

    refusal = refusal_of(lambda: approve(mia, deal.id))
    sales.open_deals = [{"opportunity_id": "opp_na_9", "partner_id": partner_id}]
    approved = approve(mia, deal.id)

    assert (refusal.reason, refusal.params["conflicting_id"]) == (
        "DEAL_OPPORTUNITY_OPEN",
        "opp_na_9",
    )
    assert approved.state == deal_pb2.DEAL_STATE_APPROVED


def test_the_earliest_complete_registration_wins(partners: RunningService, mia: Caller) -> None:
    early = bring_under_review(mia, activate(mia, name="Early").id)
    late = bring_under_review(mia, activate(mia, name="Late").id)

    refusal = refusal_of(lambda: approve(mia, late.id))
    reject(mia, early.id)
    approved = approve(mia, late.id)

    assert (refusal.reason, refusal.params["conflicting_id"]) == (
        "DEAL_EARLIER_REGISTRATION",
        early.id,
    )
    assert approved.state == deal_pb2.DEAL_STATE_APPROVED
    assert partners.events()[-2:] == ["DealRejected", "DealApproved"]


def test_a_withdrawn_approval_frees_the_customer(partners: RunningService, mia: Caller) -> None:
    first = bring_under_review(mia, activate(mia).id)
    approve(mia, first.id)
    reject(mia, first.id)
    second = bring_under_review(mia, activate(mia, name="Other").id)

    assert approve(mia, second.id).state == deal_pb2.DEAL_STATE_APPROVED
    assert {row["holder_id"] for row in partners.table("claims")} == {second.id}


def test_without_sales_nothing_is_approved(
    partners: RunningService, sales: Sales, mia: Caller
) -> None:
    deal = bring_under_review(mia, activate(mia).id)
    sales.trouble = Unavailable("DATABASE_BUSY")

    assert isinstance(refusal_of(lambda: approve(mia, deal.id)), Unavailable)
    assert [row["state"] for row in partners.table("deals")] == ["under_review"]
    assert partners.table("claims") == []


def test_a_deal_that_changed_while_sales_was_asked_is_decided_anew(
    partners: RunningService, sales: Sales, mia: Caller
) -> None:
    deal = bring_under_review(mia, activate(mia).id)
    sales.while_asked = lambda: [reject(mia, deal.id), None][1]

    refusal = refusal_of(lambda: approve(mia, deal.id))

    assert isinstance(refusal, Aborted)
    assert refusal.reason == "DEAL_CHANGED"
    assert [row["state"] for row in partners.table("deals")] == ["rejected"]
    assert partners.table("claims") == []


def test_partner_users_do_not_decide(mia: Caller, jo: Caller) -> None:
    deal = submit(jo)

    refusal = refusal_of(lambda: reject(jo, deal.id))

    assert isinstance(refusal, Denied)
    assert refusal.params == {"permission": "partners.deals.review"}


def test_partner_users_see_the_deals_of_their_own_company(
    partners: RunningService, mia: Caller, jo: Caller
) -> None:
    draft(jo, reference="own")
    other = activate(mia, name="Other").id
    hidden = draft(mia, other, reference="hidden")

    assert listed(jo) == ["own"]
    assert listed(mia, order_by="reference") == ["hidden", "own"]
    assert listed(mia, filter=f'partner_id = "{other}" AND state = DRAFT', page_size=1) == [
        "hidden"
    ]
    get = Request.GetDealRequest(id=hidden.id)
    assert isinstance(refusal_of(lambda: jo.call(DEALS).GetDeal(get)), NotFound)


def test_a_repeated_approval_with_the_same_key_has_the_same_answer(
    partners: RunningService, mia: Caller
) -> None:
    deal = bring_under_review(mia, activate(mia).id)
    keyed = mia.with_key("key-1")

    assert approve(keyed, deal.id) == approve(keyed, deal.id)
    assert partners.events().count("DealApproved") == 1
