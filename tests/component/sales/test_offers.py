"""Offers are accepted, declined or expire (SAL-5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from meridian.sales.v1 import quote_pb2, quote_service_pb2

from chassis.errors import Invalid, NotFound, Refused
from services.sales.quotes import timers
from tests.component.sales.catalogue import (
    NEXT_MONTH,
    QUOTES,
    quote,
    quote_states,
    sent_quote,
    shop,
)
from tests.component.sales.people import every, refusal_of
from tests.running import Caller, RunningService

REQUESTS = quote_service_pb2


def later(sales: RunningService, days: int) -> None:
    """Let so many days pass for the service."""
    sales.app.clock = lambda: datetime.now(UTC) + timedelta(days=days)


def test_a_representative_accepts_with_proof(sales: RunningService, rep: Caller) -> None:
    offer = sent_quote(rep, shop(rep))
    quotes = rep.call(QUOTES)
    without = refusal_of(lambda: quotes.AcceptQuote(REQUESTS.AcceptQuoteRequest(id=offer.id)))
    assert (type(without), without.reason) == (Invalid, "ACCEPTANCE_REFERENCE_NEEDED")
    assert quote_states(sales) == ["sent"]
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
    assert quote_states(sales) == ["expired"]
    assert sales.events()[-1:] == ["QuoteExpired"]


def test_the_timer_lets_overdue_offers_expire_once(sales: RunningService, rep: Caller) -> None:
    at = shop(rep)
    sent_quote(rep, at)
    quote(rep, at)
    timers.expire_overdue(sales.app)
    assert sorted(quote_states(sales)) == ["draft", "sent"]

    later(sales, days=31)
    timers.expire_overdue(sales.app)
    timers.expire_overdue(sales.app)

    assert sorted(quote_states(sales)) == ["draft", "expired"]
    assert sales.events().count("QuoteExpired") == 1
