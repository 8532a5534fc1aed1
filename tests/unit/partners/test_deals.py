"""A deal moves only as its registration allows, and is protected while it should be (PRM-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid, MeridianError, Refused
from chassis.money import Money
from services.partners.deals.conflicts import DealFinding, DealRule
from services.partners.deals.customer import DealCustomer
from services.partners.deals.domain import Deal
from services.partners.deals.events import (
    DealApproved,
    DealConverted,
    DealExpired,
    DealRejected,
    DealReturned,
    DealReviewed,
    DealSubmitted,
)
from services.partners.deals.particulars import ConversionPlan, DealContact, HandoverResult
from services.partners.deals.states import DealOutcome, DealRejectReason, DealState
from services.partners.partners.domain import PartnerReason
from tests.unit.partners.samples import (
    CLEAR,
    NOW,
    a_deal_under_review,
    a_draft,
    an_active_partner,
    an_approved_deal,
)

LATER = NOW + timedelta(days=90)
RESULT = HandoverResult("handover_na_1", "account_na_1", "", "opp_na_1")
VERBS: dict[str, Callable[[Deal], object]] = {
    "submit": lambda d: d.submit(an_active_partner(), at=NOW),
    "review": lambda d: d.review(CLEAR),
    "return": lambda d: d.give_back(),
    "approve": lambda d: d.approve(an_active_partner(), CLEAR, protection_days=0, at=NOW),
    "reject": lambda d: d.reject(DealRejectReason.NOT_QUALIFIED),
    "expire": lambda d: d.expire(at=LATER),
    "begin_conversion": lambda d: d.begin_conversion(ConversionPlan()),
    "convert": lambda d: d.convert(RESULT),
    "refuse_conversion": lambda d: d.refuse_conversion(),
    "win": lambda d: d.settle(DealOutcome.WON),
    "lose": lambda d: d.settle(DealOutcome.LOST),
    "reopen": lambda d: d.settle(DealOutcome.OPEN),
}


def test_a_draft_belongs_to_the_partners_manager() -> None:
    deal = a_draft()
    deal.draft(an_active_partner())
    owner = (deal.owner_id, deal.team_id, deal.business_unit_id)
    assert owner == ("user_na_1", "team_na_1", "bu_na_1")


def test_submitting_takes_a_place() -> None:
    deal = a_draft()
    amount = Money(25_000_000, "EUR")
    submitted = deal.submit(an_active_partner(), at=NOW)
    assert submitted == DealSubmitted("deal_na_1", "partner_na_1", "Storage", amount, NOW)
    assert (deal.state, deal.complete_time) == (DealState.SUBMITTED, NOW)


def test_submitting_names_every_missing_field() -> None:
    deal = a_draft(
        customer=DealCustomer(name="Nordwind AG"),
        contact=DealContact(email="berg@nordwind.example"),
        expected_amount=None,
    )
    with pytest.raises(Invalid) as refusal:
        deal.submit(an_active_partner(), at=NOW)
    assert [v.field for v in refusal.value.violations] == [
        "deal.customer.country",
        "deal.customer.tax_id",
        "deal.contact.family_name",
        "deal.expected_amount",
    ]
    assert (deal.state, deal.complete_time) == (DealState.DRAFT, None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"expected_close_date": "2026-11-21"}, "DATE_PAST"),
        ({"expected_close_date": "2026-02-30"}, "DATE_INVALID"),
        ({"expected_amount": Money(0, "EUR")}, "AMOUNT_NOT_POSITIVE"),
    ],
)
def test_submitting_needs_sense(change: dict[str, object], reason: str) -> None:
    deal = a_draft(**change)
    with pytest.raises(Invalid, match=reason):
        deal.submit(an_active_partner(), at=NOW)
    assert deal.state is DealState.DRAFT


def test_a_suspended_partner_neither_submits_nor_is_approved() -> None:
    partner = an_active_partner()
    partner.suspend(PartnerReason.COMPLIANCE, "")
    with pytest.raises(Refused, match="PARTNER_NOT_ACTIVE"):
        a_draft().submit(partner, at=NOW)
    deal = a_deal_under_review()
    with pytest.raises(Refused, match="PARTNER_NOT_ACTIVE"):
        deal.approve(partner, CLEAR, protection_days=0, at=NOW)
    assert deal.state is DealState.UNDER_REVIEW


def test_a_public_mail_domain_identifies_nobody() -> None:
    deal = a_draft()
    with pytest.raises(Invalid, match="DEAL_PUBLIC_EMAIL_DOMAIN"):
        deal.revise({"customer": DealCustomer("Nordwind AG", email_domain="GMail.com")})


def test_only_drafts_and_returned_deals_change() -> None:
    deal = a_draft()
    deal.revise({"product_line": "Network"})
    assert deal.product_line == "Network"
    with pytest.raises(Refused, match="DEAL_NOT_EDITABLE"):
        a_deal_under_review().revise({"product_line": "Network"})
    with pytest.raises(Refused, match="DEAL_NOT_DELETABLE"):
        a_deal_under_review().require_deletable()


def test_a_returned_deal_loses_its_place() -> None:
    deal = a_deal_under_review()
    assert deal.give_back() == DealReturned("deal_na_1", "partner_na_1")
    assert (deal.state, deal.complete_time) == (DealState.RETURNED, None)
    deal.submit(an_active_partner(), at=LATER - timedelta(days=30))
    assert deal.complete_time == LATER - timedelta(days=30)


def test_a_review_counts_the_conflicts() -> None:
    deal = a_draft()
    deal.submit(an_active_partner(), at=NOW)
    conflict = DealFinding(DealRule.OPEN_OPPORTUNITY, True, "opp_na_9", "tax_id")
    assert deal.review([*CLEAR, conflict]) == DealReviewed("deal_na_1", "partner_na_1", 1)


def test_an_approval_protects_at_the_rate_of_the_day() -> None:
    deal = a_deal_under_review()
    approved = deal.approve(an_active_partner(), CLEAR, protection_days=0, at=NOW)
    amount = Money(25_000_000, "EUR")
    assert approved == DealApproved("deal_na_1", "partner_na_1", "Storage", amount, LATER, 1250)
    assert deal.protected


def test_a_conflict_stands_in_the_way() -> None:
    deal = a_deal_under_review()
    conflict = DealFinding(DealRule.PROTECTED_DEAL, True, "deal_na_2", "tax_id")
    with pytest.raises(Refused, match="DEAL_PROTECTED_FOR_OTHER") as refusal:
        deal.approve(an_active_partner(), [conflict], protection_days=30, at=NOW)
    assert refusal.value.params == {"conflicting_id": "deal_na_2", "identifier": "tax_id"}
    assert (deal.state, deal.protection_end_time) == (DealState.UNDER_REVIEW, None)


@pytest.mark.parametrize(
    ("at", "expires"), [(LATER - timedelta(microseconds=1), False), (LATER, True)]
)
def test_protection_ends_on_time(at: datetime, expires: bool) -> None:
    deal = an_approved_deal()
    event = deal.expire(at=at)
    assert event == (DealExpired("deal_na_1", "partner_na_1") if expires else None)
    assert deal.protected is not expires


def test_an_approval_can_be_taken_back() -> None:
    deal = an_approved_deal()
    rejected = deal.reject(DealRejectReason.CONFLICT)
    assert rejected == DealRejected("deal_na_1", "partner_na_1", "conflict")
    assert not deal.protected


def test_a_conversion_ends_in_sales() -> None:
    deal = an_approved_deal()
    deal.begin_conversion(ConversionPlan(account_id="account_na_1"))
    assert deal.expire(at=LATER) is None
    expected = DealConverted(
        "deal_na_1", "partner_na_1", "handover_na_1", "account_na_1", "opp_na_1"
    )
    assert deal.convert(RESULT) == expected
    assert deal.convert(RESULT) is None
    assert (deal.state, deal.outcome, deal.protected) == (DealState.CONVERTED, "open", True)
    assert deal.settle(DealOutcome.WON)
    assert not deal.settle(DealOutcome.WON)
    assert not deal.protected


def test_a_conversion_that_sales_refuses_is_undone() -> None:
    deal = an_approved_deal()
    deal.begin_conversion(ConversionPlan())
    assert deal.refuse_conversion()
    assert not deal.refuse_conversion()
    assert (deal.state, deal.conversion) == (DealState.APPROVED, None)


@given(st.lists(st.sampled_from(sorted(VERBS)), max_size=30))
def test_no_order_of_verbs_breaks_the_registration(verbs: list[str]) -> None:
    deal = a_draft()
    for verb in verbs:
        before = deal.state
        try:
            VERBS[verb](deal)
        except MeridianError:
            assert deal.state is before
    waits = deal.state in (DealState.SUBMITTED, DealState.UNDER_REVIEW)
    fresh = deal.state in (DealState.DRAFT, DealState.RETURNED)
    assert not (fresh and deal.complete_time)
    assert not (waits and deal.complete_time is None)
    assert (deal.outcome is not None) == (deal.state is DealState.CONVERTED)
    if deal.protected:
        assert deal.approve_time == NOW
        assert deal.keys
