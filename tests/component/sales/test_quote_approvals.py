"""Discounts beyond one's limit are approved by somebody else (SAL-5)."""

from __future__ import annotations

from meridian.sales.v1 import quote_pb2, quote_service_pb2

from chassis.errors import Denied
from tests.component.sales.catalogue import LIMITS, QUOTES, quote, quote_states, shop
from tests.component.sales.people import every, refusal_of
from tests.running import Caller, RunningService

REQUESTS = quote_service_pb2


def test_a_discount_within_the_own_limit_needs_nobody(sales: RunningService, rep: Caller) -> None:
    draft = quote(rep, shop(rep), discount_basis_points=1000)
    submitted = rep.call(QUOTES).SubmitQuote(REQUESTS.SubmitQuoteRequest(id=draft.id))
    assert submitted.state == quote_pb2.QUOTE_STATE_APPROVED
    assert sales.events()[-1:] == ["QuoteApproved"]


def test_a_discount_beyond_it_is_approved_by_somebody_else(
    sales: RunningService, rep: Caller, boss: Caller
) -> None:
    draft = quote(rep, shop(rep), discount_basis_points=1001)
    submitted = rep.call(QUOTES).SubmitQuote(REQUESTS.SubmitQuoteRequest(id=draft.id))
    assert submitted.state == quote_pb2.QUOTE_STATE_SUBMITTED
    approve = REQUESTS.ApproveQuoteRequest(id=draft.id)

    own = refusal_of(lambda: rep.call(QUOTES).ApproveQuote(approve))
    assert (type(own), own.reason) == (Denied, "SELF_APPROVAL")
    other = sales.caller("user_other", "sales.*@region", roles=("sales_representative",))
    low = refusal_of(lambda: other.call(QUOTES).ApproveQuote(approve))
    assert (low.reason, low.params) == (
        "DISCOUNT_OVER_LIMIT",
        {"discount": "10.01 %", "limit": "10 %"},
    )
    helper = sales.caller("user_helper", "sales.quotes.update@region", roles=("sales_manager",))
    refused = refusal_of(lambda: helper.call(QUOTES).ApproveQuote(approve))
    assert refused.reason == "PERMISSION_MISSING"
    assert quote_states(sales) == ["submitted"]

    approved = boss.call(QUOTES).ApproveQuote(approve)
    assert (approved.state, approved.approver_id) == (quote_pb2.QUOTE_STATE_APPROVED, "user_boss")
    assert sales.events()[-2:] == ["QuoteSubmitted", "QuoteApproved"]


def test_a_refused_discount_comes_back_with_the_reason(rep: Caller, boss: Caller) -> None:
    draft = quote(rep, shop(rep), discount_basis_points=2000)
    rep.call(QUOTES).SubmitQuote(REQUESTS.SubmitQuoteRequest(id=draft.id))
    reject = REQUESTS.RejectQuoteRequest(id=draft.id, note="Too much")
    rejected = boss.call(QUOTES).RejectQuote(reject)
    assert rejected.state == quote_pb2.QUOTE_STATE_DRAFT
    assert rejected.rejection_note == "Too much"


def test_limits_are_listed_and_changed(sales: RunningService, rep: Caller) -> None:
    limits = rep.call(LIMITS)

    def listed() -> dict[str, int]:
        ask = limits.ListDiscountLimits
        found = every(ask, REQUESTS.ListDiscountLimitsRequest, page_size=2)
        return {limit.id: limit.limit_basis_points for limit in found}

    assert listed() == {
        "regional_administrator": 10_000,
        "sales_manager": 3_000,
        "sales_representative": 1_000,
    }
    for role, limit in [("sales_representative", 500), ("partner_user", 100)]:
        limits.UpdateDiscountLimit(
            REQUESTS.UpdateDiscountLimitRequest(
                discount_limit={"id": role, "limit_basis_points": limit}
            )
        )
    assert listed()["sales_representative"] == 500
    assert listed()["partner_user"] == 100
    stale = REQUESTS.UpdateDiscountLimitRequest(
        discount_limit={"id": "sales_representative", "limit_basis_points": 1, "etag": "1"}
    )
    assert refusal_of(lambda: limits.UpdateDiscountLimit(stale)).reason == "STALE_ETAG"
    nothing = REQUESTS.UpdateDiscountLimitRequest(
        discount_limit={"id": "partner_user"}, update_mask={"paths": ["limit_basis_points"]}
    )
    assert limits.UpdateDiscountLimit(nothing).limit_basis_points == 0
