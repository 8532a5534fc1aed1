"""Quotes: exact totals, discounts within limits, one way through the states (SAL-5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Denied, Invalid, MeridianError, Refused
from chassis.money import Money
from services.sales.quotes.amounts import HIGHEST_TOTAL, QuoteLine, add_up
from services.sales.quotes.domain import (
    Quote,
    QuoteDeclineReason,
    QuoteState,
    greatest_limit,
    require_proof,
)
from services.sales.quotes.events import (
    QuoteAccepted,
    QuoteApproved,
    QuoteDeclined,
    QuoteExpired,
    QuoteRejected,
    QuoteRevised,
    QuoteSent,
    QuoteSubmitted,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LAST_MOMENT = datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC)
TOO_LATE = datetime(2026, 7, 1, tzinfo=UTC)
NOTHING = Money(0, "EUR")


def line(unit_price: int = 1000, quantity: int = 1, discount: int = 0) -> QuoteLine:
    price = Money(unit_price, "EUR")
    return QuoteLine(
        "prod_1",
        "SAN-100",
        "Disk array",
        "磁盘阵列",
        quantity,
        price,
        price,
        (),
        NOTHING,
        NOTHING,
        discount,
    )


def draft(**changes: object) -> Quote:
    fields = {
        "id": "quote_na_1",
        "series_id": "quote_na_1",
        "currency": "EUR",
        "gross": NOTHING,
        "subtotal": NOTHING,
        "total": NOTHING,
        "account_id": "acct_1",
        "contact_id": "cont_1",
        "opportunity_id": "opp_1",
        "price_book_id": "book_1",
        "valid_until_date": "2026-06-30",
        "owner_id": "user_rep",
    }
    quote = Quote(**(fields | changes))  # type: ignore[arg-type]
    quote.price([line(quantity=10)])
    return quote


def sent() -> Quote:
    quote = draft()
    quote.submit("user_rep", 0, at=NOW)
    quote.send(at=NOW)
    return quote


# ---- amounts -----------------------------------------------------------------------------------


def test_adds_up_lines_and_both_discounts() -> None:
    lines, totals = add_up([line(999, 3, 1000), line(50_00, 1)], 500, "EUR")
    assert [each.amount.amount_minor for each in lines] == [2697, 5000]
    assert (totals.gross, totals.subtotal) == (Money(7997, "EUR"), Money(7697, "EUR"))
    assert totals.total == Money(7312, "EUR")
    assert [each.net_amount.amount_minor for each in lines] == [2562, 4750]
    assert totals.total_discount_basis_points == 857


_LINES = st.lists(
    st.builds(line, st.integers(0, 10**8), st.integers(1, 1000), st.integers(0, 10_000)),
    max_size=12,
)


@given(_LINES, st.integers(0, 10_000))
def test_no_cent_is_lost_or_invented(lines: list[QuoteLine], discount: int) -> None:
    added, totals = add_up(lines, discount, "EUR")
    assert Money.total([each.net_amount for each in added], "EUR") == totals.total
    assert Money.total([each.amount for each in added], "EUR") == totals.subtotal
    assert NOTHING <= totals.total <= totals.subtotal <= totals.gross
    assert all(NOTHING <= each.net_amount <= each.amount <= each.gross for each in added)


@given(_LINES, st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_discount_figure_is_within_a_limit_exactly_if_the_discount_is(
    lines: list[QuoteLine], discount: int, limit: int
) -> None:
    _, totals = add_up(lines, discount, "EUR")
    given_away = (totals.gross - totals.total).amount_minor
    allowed = Fraction(totals.gross.amount_minor * limit, 10_000)
    assert (totals.total_discount_basis_points <= limit) == (given_away <= allowed)


def test_an_amount_beyond_reason_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        add_up([line(HIGHEST_TOTAL, 2)], 0, "EUR")
    assert refusal.value.reason == "AMOUNT_TOO_LARGE"


# ---- approval ----------------------------------------------------------------------------------


def test_within_the_own_limit_it_is_approved_at_once() -> None:
    quote = draft(discount_basis_points=1000)
    assert quote.submit("user_rep", 1000, at=NOW) == QuoteApproved("quote_na_1", "user_rep")
    assert (quote.state, quote.approver_id) == (QuoteState.APPROVED, "user_rep")


def test_beyond_the_own_limit_somebody_else_must_approve() -> None:
    quote = draft(discount_basis_points=2000)
    assert quote.submit("user_rep", 1000, at=NOW) == QuoteSubmitted(
        "quote_na_1", "user_rep", Money(8000, "EUR"), 2000
    )
    before = replace(quote)
    for judge, limit, reason in [
        ("user_rep", 10_000, "SELF_APPROVAL"),
        ("user_boss", 1999, "DISCOUNT_OVER_LIMIT"),
    ]:
        with pytest.raises(Denied) as refusal:
            quote.approve(judge, limit)
        assert refusal.value.reason == reason
        assert quote == before
    assert quote.approve("user_boss", 2000) == QuoteApproved("quote_na_1", "user_boss")
    assert quote.send(at=NOW) == QuoteSent(
        "quote_na_1", "acct_1", "cont_1", "opp_1", Money(8000, "EUR"), "2026-06-30", NOW
    )


def test_who_owns_it_cannot_approve_what_another_submitted() -> None:
    quote = draft(discount_basis_points=2000)
    quote.submit("user_assistant", 0, at=NOW)
    with pytest.raises(Denied):
        quote.approve("user_rep", 10_000)


def test_a_rejected_discount_can_be_lowered_and_submitted_again() -> None:
    quote = draft(discount_basis_points=2000)
    quote.submit("user_rep", 0, at=NOW)
    with pytest.raises(Denied):
        quote.reject("user_rep", "no")
    assert quote.reject("user_boss", "too much") == QuoteRejected("quote_na_1", "user_boss")
    assert (quote.state, quote.rejection_note) == (QuoteState.DRAFT, "too much")
    quote.revise_draft({"discount_basis_points": 0})
    quote.price(quote.lines)
    quote.submit("user_rep", 0, at=NOW)
    assert (quote.state, quote.rejection_note) == (QuoteState.APPROVED, "")


def test_the_greatest_limit_of_all_roles_counts() -> None:
    limits = {"sales_representative": 1000, "sales_manager": 3000}
    assert greatest_limit(limits, ["sales_representative", "sales_manager", "marketer"]) == 3000
    assert greatest_limit(limits, ["marketer"]) == greatest_limit(limits, []) == 0


def test_an_empty_or_late_draft_cannot_be_submitted() -> None:
    empty = draft()
    empty.price([])
    with pytest.raises(Refused) as refusal:
        empty.submit("user_rep", 0, at=NOW)
    assert refusal.value.reason == "QUOTE_EMPTY"
    with pytest.raises(Refused) as refusal:
        draft().submit("user_rep", 0, at=TOO_LATE)
    assert refusal.value.reason == "QUOTE_VALIDITY_PAST"
    for date, reason in [("2026-05-31", "DATE_PAST"), ("2027-02-30", "DATE_INVALID")]:
        with pytest.raises(Invalid) as invalid:
            draft(valid_until_date=date).check_validity(NOW, "quote.valid_until_date")
        assert invalid.value.reason == reason


# ---- the answer --------------------------------------------------------------------------------


def test_the_customer_accepts_until_the_last_moment() -> None:
    quote = sent()
    accepted = quote.accept("user_buyer", "PO 4711", at=LAST_MOMENT)
    assert accepted == QuoteAccepted(
        "quote_na_1", "acct_1", "opp_1", Money(10_000, "EUR"), "user_rep", LAST_MOMENT
    )
    assert (quote.state, quote.acceptance_reference) == (QuoteState.ACCEPTED, "PO 4711")
    quote.order("order_na_1")
    assert quote.order_id == "order_na_1"


def test_the_customer_declines_with_a_reason() -> None:
    quote = sent()
    with pytest.raises(Invalid) as refusal:
        quote.decline(QuoteDeclineReason.OTHER, " ", at=NOW)
    assert refusal.value.reason == "NOTE_REQUIRED"
    assert quote.decline(QuoteDeclineReason.PRICE, "", at=NOW) == QuoteDeclined(
        "quote_na_1", "acct_1", "opp_1", "price"
    )


def test_it_expires_on_the_day_after_the_last_and_only_when_sent() -> None:
    quote = sent()
    assert quote.expire(at=LAST_MOMENT) is None
    assert quote.expire(at=TOO_LATE) == QuoteExpired("quote_na_1", "acct_1", "opp_1")
    assert quote.expire(at=TOO_LATE) is None
    with pytest.raises(Refused) as refusal:
        quote.accept("user_buyer", "", at=TOO_LATE)
    assert refusal.value.reason == "QUOTE_EXPIRED"
    assert draft().expire(at=TOO_LATE) is None


def test_an_acceptance_on_behalf_needs_proof() -> None:
    require_proof("PO 4711")
    with pytest.raises(Invalid) as refusal:
        require_proof(" ")
    assert refusal.value.reason == "ACCEPTANCE_REFERENCE_NEEDED"


# ---- versions ----------------------------------------------------------------------------------


def test_a_new_version_takes_the_place_of_the_old() -> None:
    quote = sent()
    successor, revised = quote.supersede("quote_na_2", "2026-08-31")
    assert revised == QuoteRevised("quote_na_1", "quote_na_2", 2)
    assert (quote.state, quote.superseded_by_id) == (QuoteState.SUPERSEDED, "quote_na_2")
    assert successor.series_id == "quote_na_1"
    assert (successor.state, successor.revision) == (QuoteState.DRAFT, 2)
    assert (successor.send_time, successor.approver_id) == (None, "")
    assert successor.lines == quote.lines
    with pytest.raises(Refused) as refusal:
        successor.check_deletable()
    assert refusal.value.reason == "QUOTE_IS_REVISION"


_VERBS: dict[str, tuple[Callable[[Quote], object], set[QuoteState]]] = {
    "revise_draft": (lambda q: q.revise_draft({"name": "n"}), {QuoteState.DRAFT}),
    "price": (lambda q: q.price([line()]), {QuoteState.DRAFT}),
    "submit": (lambda q: q.submit("user_rep", 0, at=NOW), {QuoteState.DRAFT}),
    "approve": (lambda q: q.approve("user_boss", 10_000), {QuoteState.SUBMITTED}),
    "reject": (lambda q: q.reject("user_boss", "no"), {QuoteState.SUBMITTED}),
    "send": (lambda q: q.send(at=NOW), {QuoteState.APPROVED}),
    "accept": (lambda q: q.accept("user_buyer", "PO", at=NOW), {QuoteState.SENT}),
    "decline": (lambda q: q.decline(QuoteDeclineReason.PRICE, "", at=NOW), {QuoteState.SENT}),
    "order": (lambda q: q.order("order_1"), {QuoteState.ACCEPTED}),
    "supersede": (
        lambda q: q.supersede("quote_2", ""),
        set(QuoteState) - {QuoteState.DRAFT, QuoteState.ACCEPTED, QuoteState.SUPERSEDED},
    ),
    "check_deletable": (lambda q: q.check_deletable(), {QuoteState.DRAFT}),
}


@pytest.mark.parametrize("state", QuoteState)
@pytest.mark.parametrize("verb", _VERBS)
def test_a_verb_works_from_its_states_and_changes_nothing_in_others(
    verb: str, state: QuoteState
) -> None:
    act, allowed = _VERBS[verb]
    quote = replace(draft(), state=state)
    before = replace(quote)
    if state in allowed:
        act(quote)
    else:
        with pytest.raises(MeridianError):
            act(quote)
        assert quote == before
