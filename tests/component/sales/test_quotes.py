"""Quotes through real gRPC: pricing, versions, orders, lists (SAL-5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from meridian.sales.v1 import (
    account_service_pb2,
    order_service_pb2,
    product_service_pb2,
    quote_pb2,
    quote_service_pb2,
)

from chassis.errors import AlreadyExists, Invalid, NotFound, Refused
from tests.component.sales.catalogue import (
    ORDERS,
    PRODUCTS,
    QUOTES,
    accepted_quote,
    order,
    price_rule,
    quote,
    quote_states,
    sent_quote,
    shop,
)
from tests.component.sales.people import ACCOUNTS, account, contact, every, opportunity, refusal_of
from tests.running import Caller, RunningService

REQUESTS = quote_service_pb2


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
    assert quote_states(sales) == ["sent"]

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
    assert quote_states(sales) == ["superseded", "draft"]
    assert sales.events()[-1:] == ["QuoteRevised"]


def test_a_first_draft_can_be_deleted(sales: RunningService, rep: Caller) -> None:
    draft = quote(rep, shop(rep))
    rep.call(QUOTES).DeleteQuote(REQUESTS.DeleteQuoteRequest(id=draft.id))
    assert sales.table("quotes") == []


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
    assert quote_states(sales) == ["sent"]


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
