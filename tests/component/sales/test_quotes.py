"""Quotes through real gRPC: pricing, approval, acceptance, versions, expiry (SAL-5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from meridian.sales.v1 import (
    account_service_pb2,
    order_service_pb2,
    product_service_pb2,
    quote_pb2,
    quote_service_pb2,
)

from chassis.errors import AlreadyExists, Denied, Invalid, NotFound, Refused
from services.sales.quotes import timers
from tests.component.sales.catalogue import (
    LIMITS,
    NEXT_MONTH,
    ORDERS,
    PRODUCTS,
    QUOTES,
    accepted_quote,
    order,
    price_rule,
    quote,
    sent_quote,
    shop,
)
from tests.component.sales.people import (
    ACCOUNTS,
    account,
    contact,
    every,
    opportunity,
    refusal_of,
)
from tests.running import Caller, RunningService

REQUESTS = quote_service_pb2


@pytest.fixture
def rep(sales: RunningService) -> Caller:
    """A representative, who may give 10 %."""
    return sales.caller("user_rep", "sales.*@region", roles=("sales_representative",))


@pytest.fixture
def boss(sales: RunningService) -> Caller:
    """A manager, who may give 30 %."""
    return sales.caller("user_boss", "sales.*@region", roles=("sales_manager",))


def later(sales: RunningService, days: int) -> None:
    """Let so many days pass for the service."""
    sales.app.clock = lambda: datetime.now(UTC) + timedelta(days=days)


def states(sales: RunningService) -> list[str]:
    rows = sorted(sales.table("quotes"), key=lambda row: row["revision"])
    return [row["state"] for row in rows]


# ---- drafting ----------------------------------------------------------------------------------


def test_a_draft_is_priced_by_the_rules_with_their_trace(rep: Caller) -> None:
    at = shop(rep)
    price_rule(rep, product_id=at.cable_id)
    draft = quote(
        rep,
        at,
        lines=[
            {"product_id": at.array_id, "quantity": 2, "discount_basis_points": 500},
            {"product_id": at.cable_id, "quantity": 3},
        ],
        discount_basis_points=100,
    )

    assert draft.id.startswith("quote_na_")
    assert (draft.series_id, draft.revision) == (draft.id, 1)
    assert (draft.state, draft.currency) == (quote_pb2.QUOTE_STATE_DRAFT, "EUR")
    array, cable = draft.lines
    assert (cable.sku, cable.unit_price.amount_minor) == ("CABLE", 899)
    assert [step.rule_name for step in cable.price_steps] == ["", "Autumn"]
    assert [array.amount.amount_minor, cable.amount.amount_minor] == [190_000, 2_697]
    assert draft.gross.amount_minor == 202_697
    assert draft.subtotal.amount_minor == 192_697
    assert draft.total.amount_minor == 190_770
    assert sum(line.net_amount.amount_minor for line in draft.lines) == 190_770
    assert draft.total_discount_basis_points == 589
    assert (draft.owner_id, draft.etag) == ("user_rep", "1")


def test_a_changed_draft_is_priced_anew(rep: Caller) -> None:
    at = shop(rep)
    draft = quote(rep, at)
    price_rule(rep)
    quotes = rep.call(QUOTES)

    renamed = quotes.UpdateQuote(
        REQUESTS.UpdateQuoteRequest(
            quote={"id": draft.id, "etag": "1", "name": "Storage"}, update_mask={"paths": ["name"]}
        )
    )
    assert (renamed.name, renamed.total.amount_minor) == ("Storage", 90_000)
    longer = quotes.UpdateQuote(
        REQUESTS.UpdateQuoteRequest(
            quote={"id": draft.id, "lines": [{"product_id": at.cable_id, "quantity": 10}]},
            update_mask={"paths": ["lines"]},
        )
    )
    assert [line.sku for line in longer.lines] == ["CABLE"]
    assert longer.total.amount_minor == 8_990


def test_customer_and_products_must_be_there_and_fit(sales: RunningService, rep: Caller) -> None:
    at = shop(rep)
    other = account(rep, name="Other").id
    stranger = contact(rep, roles=[{"account_id": other}]).id
    deal = opportunity(rep, other).id
    today = datetime.now(UTC).date()
    rep.call(PRODUCTS).RetireProduct(product_service_pb2.RetireProductRequest(id=at.cable_id))

    for change, kind, reason in [
        ({"account_id": "account_na_none"}, Invalid, "ACCOUNT_NOT_FOUND"),
        ({"contact_id": "contact_na_none"}, Invalid, "CONTACT_NOT_FOUND"),
        ({"contact_id": stranger}, Invalid, "CONTACT_ELSEWHERE"),
        ({"opportunity_id": "opp_na_none"}, Invalid, "OPPORTUNITY_NOT_FOUND"),
        ({"opportunity_id": deal}, Invalid, "OPPORTUNITY_ELSEWHERE"),
        ({"price_book_id": "book_na_none"}, Invalid, "PRICE_BOOK_NOT_FOUND"),
        ({"valid_until_date": (today - timedelta(days=1)).isoformat()}, Invalid, "DATE_PAST"),
        ({"valid_until_date": "2027-02-30"}, Invalid, "DATE_INVALID"),
        ({"lines": [{"product_id": "prod_x", "quantity": 1}]}, Invalid, "PRODUCT_NOT_FOUND"),
        ({"lines": [{"product_id": at.cable_id, "quantity": 1}]}, Refused, "PRODUCT_RETIRED"),
        ({"lines": [{"product_id": at.array_id, "quantity": 0}]}, Invalid, "INVALID_FIELDS"),
    ]:
        refusal = refusal_of(lambda change=change: quote(rep, at, **change))
        assert (type(refusal), refusal.reason) == (kind, reason), change
    assert sales.table("quotes") == []


def test_who_may_read_an_account_may_sell_to_it(sales: RunningService, rep: Caller) -> None:
    at = shop(rep)
    own = ("sales.quotes.*@own", "sales.orders.*@own", "sales.accounts.read@region")
    junior = sales.caller("user_junior", *own, roles=("sales_representative",))
    offer = accepted_quote(junior, at)
    assert order(junior, quote_id=offer.id).owner_id == "user_junior"

    blind = sales.caller("user_blind", "sales.quotes.*@own")
    assert refusal_of(lambda: quote(blind, at)).reason == "ACCOUNT_NOT_FOUND"
    others = accepted_quote(rep, at).id
    assert refusal_of(lambda: order(junior, quote_id=others)).reason == "QUOTE_NOT_FOUND"


def test_no_offers_to_an_inactive_account(rep: Caller) -> None:
    at = shop(rep)
    request = account_service_pb2.DeactivateAccountRequest(id=at.account_id)
    rep.call(ACCOUNTS).DeactivateAccount(request)
    assert refusal_of(lambda: quote(rep, at)).reason == "ACCOUNT_INACTIVE"


# ---- approval ----------------------------------------------------------------------------------


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
    assert states(sales) == ["submitted"]

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


# ---- the answer --------------------------------------------------------------------------------


def test_a_representative_accepts_with_proof(sales: RunningService, rep: Caller) -> None:
    offer = sent_quote(rep, shop(rep))
    quotes = rep.call(QUOTES)
    without = refusal_of(lambda: quotes.AcceptQuote(REQUESTS.AcceptQuoteRequest(id=offer.id)))
    assert (type(without), without.reason) == (Invalid, "ACCEPTANCE_REFERENCE_NEEDED")
    assert states(sales) == ["sent"]
    request = REQUESTS.AcceptQuoteRequest(id=offer.id, acceptance_reference="PO 4711")
    accepted = quotes.AcceptQuote(request)
    assert (accepted.state, accepted.accepter_id) == (quote_pb2.QUOTE_STATE_ACCEPTED, "user_rep")
    assert sales.events()[-2:] == ["QuoteSent", "QuoteAccepted"]


def test_a_customer_accepts_the_own_offer_alone(sales: RunningService, rep: Caller) -> None:
    offer = sent_quote(rep, shop(rep))
    grants = ("sales.quotes.read@customer", "sales.quotes.accept@customer")
    buyer = sales.caller("user_buyer", *grants, account_id=offer.account_id)
    rival = sales.caller("user_rival", *grants, account_id="account_na_other")
    accept = REQUESTS.AcceptQuoteRequest(id=offer.id)

    assert isinstance(refusal_of(lambda: rival.call(QUOTES).AcceptQuote(accept)), NotFound)
    accepted = buyer.call(QUOTES).AcceptQuote(accept)
    assert (accepted.state, accepted.accepter_id) == (quote_pb2.QUOTE_STATE_ACCEPTED, "user_buyer")


def test_a_customer_sees_what_was_sent_and_not_how_it_came_about(
    sales: RunningService, rep: Caller
) -> None:
    at = shop(rep)
    offer, draft = sent_quote(rep, at), quote(rep, at)
    buyer = sales.caller("user_buyer", "sales.quotes.read@customer", account_id=at.account_id).call(
        QUOTES
    )

    seen = buyer.GetQuote(REQUESTS.GetQuoteRequest(id=offer.id))

    assert (seen.total, seen.approver_id) == (offer.total, "")
    assert not seen.lines[0].price_steps
    hidden = refusal_of(lambda: buyer.GetQuote(REQUESTS.GetQuoteRequest(id=draft.id)))
    assert isinstance(hidden, NotFound)
    listed = every(buyer.ListQuotes, REQUESTS.ListQuotesRequest)
    assert [each.id for each in listed] == [offer.id]


def test_an_offer_is_declined_once(sales: RunningService, rep: Caller) -> None:
    offer = sent_quote(rep, shop(rep))
    decline = REQUESTS.DeclineQuoteRequest(id=offer.id, reason=quote_pb2.QUOTE_DECLINE_REASON_OTHER)
    quotes = rep.call(QUOTES)
    assert refusal_of(lambda: quotes.DeclineQuote(decline)).reason == "NOTE_REQUIRED"
    decline.note = "Moved away"
    assert quotes.DeclineQuote(decline).decline_note == "Moved away"
    again = refusal_of(lambda: quotes.DeclineQuote(decline))
    assert (again.reason, again.params) == ("QUOTE_NOT_SENT", {"state": "declined"})
    assert sales.events()[-1:] == ["QuoteDeclined"]


# ---- expiry ------------------------------------------------------------------------------------


def test_a_late_acceptance_is_refused_and_the_expiry_kept(
    sales: RunningService, rep: Caller
) -> None:
    offer = sent_quote(rep, shop(rep))
    later(sales, days=31)
    request = REQUESTS.AcceptQuoteRequest(
        id=offer.id, etag=offer.etag, acceptance_reference="PO 4711"
    )

    refusal = refusal_of(lambda: rep.call(QUOTES).AcceptQuote(request))

    assert (type(refusal), refusal.reason) == (Refused, "QUOTE_EXPIRED")
    assert refusal.params == {"date": NEXT_MONTH}
    assert states(sales) == ["expired"]
    assert sales.events()[-1:] == ["QuoteExpired"]


def test_the_timer_lets_overdue_offers_expire_once(sales: RunningService, rep: Caller) -> None:
    at = shop(rep)
    sent_quote(rep, at)
    quote(rep, at)
    timers.expire_overdue(sales.app)
    assert sorted(states(sales)) == ["draft", "sent"]

    later(sales, days=31)
    timers.expire_overdue(sales.app)
    timers.expire_overdue(sales.app)

    assert sorted(states(sales)) == ["draft", "expired"]
    assert sales.events().count("QuoteExpired") == 1


# ---- versions ----------------------------------------------------------------------------------


def test_a_revision_is_a_new_draft_and_the_old_stays_as_it_was(
    sales: RunningService, rep: Caller
) -> None:
    offer = sent_quote(rep, shop(rep))
    price_rule(rep)
    quotes = rep.call(QUOTES)

    late = REQUESTS.ReviseQuoteRequest(id=offer.id, valid_until_date="2026-01-01")
    refusal = refusal_of(lambda: quotes.ReviseQuote(late))
    assert isinstance(refusal, Invalid)
    assert [(v.field, v.reason) for v in refusal.violations] == [("valid_until_date", "DATE_PAST")]
    assert states(sales) == ["sent"]

    revised = quotes.ReviseQuote(REQUESTS.ReviseQuoteRequest(id=offer.id, etag=offer.etag))

    assert (revised.series_id, revised.revision) == (offer.id, 2)
    assert revised.total.amount_minor == 90_000
    old = quotes.GetQuote(REQUESTS.GetQuoteRequest(id=offer.id))
    assert (old.state, old.superseded_by_id) == (quote_pb2.QUOTE_STATE_SUPERSEDED, revised.id)
    assert (old.total, old.lines) == (offer.total, offer.lines)
    change = REQUESTS.UpdateQuoteRequest(quote={"id": offer.id, "name": "x"})
    assert refusal_of(lambda: quotes.UpdateQuote(change)).reason == "QUOTE_NOT_DRAFT"
    delete = REQUESTS.DeleteQuoteRequest(id=revised.id)
    assert refusal_of(lambda: quotes.DeleteQuote(delete)).reason == "QUOTE_IS_REVISION"
    again = REQUESTS.ReviseQuoteRequest(id=offer.id)
    assert refusal_of(lambda: quotes.ReviseQuote(again)).reason == "QUOTE_NOT_REVISABLE"
    assert states(sales) == ["superseded", "draft"]
    assert sales.events()[-1:] == ["QuoteRevised"]


def test_a_first_draft_can_be_deleted(sales: RunningService, rep: Caller) -> None:
    draft = quote(rep, shop(rep))
    rep.call(QUOTES).DeleteQuote(REQUESTS.DeleteQuoteRequest(id=draft.id))
    assert sales.table("quotes") == []


# ---- ordering ----------------------------------------------------------------------------------


def test_an_accepted_quote_is_ordered_once(sales: RunningService, rep: Caller) -> None:
    at = shop(rep)
    offer = accepted_quote(rep, at, discount_basis_points=700)

    made = order(rep, quote_id=offer.id)

    assert (made.quote_id, made.account_id) == (offer.id, at.account_id)
    assert (made.total, made.customer_reference) == (offer.total, "PO 4711")
    assert [line.amount for line in made.lines] == [line.net_amount for line in offer.lines]
    assert rep.call(QUOTES).GetQuote(REQUESTS.GetQuoteRequest(id=offer.id)).order_id == made.id
    again = refusal_of(lambda: order(rep, quote_id=offer.id))
    assert (type(again), again.reason) == (AlreadyExists, "QUOTE_ORDERED")
    assert again.params == {"order_id": made.id}
    delete = order_service_pb2.DeleteOrderRequest(id=made.id)
    assert refusal_of(lambda: rep.call(ORDERS).DeleteOrder(delete)).reason == "ORDER_FROM_QUOTE"
    assert len(sales.table("orders")) == 1


def test_what_is_not_accepted_cannot_be_ordered(sales: RunningService, rep: Caller) -> None:
    at = shop(rep)
    offer = sent_quote(rep, at)
    lines = [{"product_id": at.array_id, "quantity": 1}]
    cases: list[tuple[dict[str, Any], str]] = [
        ({"quote_id": offer.id}, "QUOTE_NOT_ACCEPTED"),
        ({"quote_id": "quote_na_none"}, "QUOTE_NOT_FOUND"),
        ({"quote_id": offer.id, "lines": lines}, "LINES_ARE_THE_QUOTES"),
    ]
    for fields, reason in cases:
        assert refusal_of(lambda fields=fields: order(rep, **fields)).reason == reason
    assert sales.table("orders") == []
    assert states(sales) == ["sent"]


# ---- lists and sight ---------------------------------------------------------------------------


def test_lists_filter_order_page_and_leave_out_the_traces(rep: Caller) -> None:
    at = shop(rep)
    for name in ("b", "a", "c"):
        quote(rep, at, name=name)
    sent_quote(rep, at, name="d")

    def found(**query: object) -> list[quote_pb2.Quote]:
        return list(every(rep.call(QUOTES).ListQuotes, REQUESTS.ListQuotesRequest, **query))

    assert [q.name for q in found(order_by="name", page_size=3)] == ["a", "b", "c", "d"]
    assert [q.name for q in found(filter="state = SENT")] == ["d"]
    assert [q.name for q in found(filter="state = DRAFT AND total_minor > 1", page_size=1)] == [
        "c",
        "a",
        "b",
    ]
    assert not found()[0].lines[0].price_steps
    assert refusal_of(lambda: found(filter="terms = x")).reason == "FILTER_FIELD_UNKNOWN"


def test_somebody_elses_quote_is_not_to_be_seen(sales: RunningService, rep: Caller) -> None:
    draft = quote(rep, shop(rep))
    stranger = sales.caller("user_stan", "sales.*@own")
    get = REQUESTS.GetQuoteRequest(id=draft.id)
    assert isinstance(refusal_of(lambda: stranger.call(QUOTES).GetQuote(get)), NotFound)
    assert list(every(stranger.call(QUOTES).ListQuotes, REQUESTS.ListQuotesRequest)) == []
