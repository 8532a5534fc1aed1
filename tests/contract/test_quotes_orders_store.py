"""Quotes and orders keep their promises on every engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from meridian.sales.v1.order_service_pb2 import ListFulfilmentsRequest

from chassis.app import App
from chassis.database import Database
from chassis.errors import Aborted, AlreadyExists, Refused
from chassis.manifest import Service
from chassis.money import Money
from services.sales.manifest import SERVICE
from services.sales.orders import store as orders
from services.sales.orders.axes import FulfilmentKind, LedgerKind
from services.sales.orders.domain import Fulfilment, Order, OrderLedgerEntry
from services.sales.orders.lines import OrderLine
from services.sales.pricing.domain import PriceStep, PriceStepOutcome
from services.sales.quotes import store as quotes
from services.sales.quotes.amounts import QuoteLine
from services.sales.quotes.domain import DiscountLimit, Quote, QuoteState

MOMENT = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
PRICE = Money(100_000, "EUR")
NOTHING = Money(0, "EUR")
STEPS = (PriceStep("rule_1", "秋季", PriceStepOutcome.APPLIED, Money(110_000, "EUR"), PRICE),)


@pytest.fixture
def app(any_database: Callable[[Service], Database]) -> App:
    return App(SERVICE, any_database(SERVICE), clock=lambda: MOMENT)


def quote(app: App, **fields: Any) -> Quote:
    line = QuoteLine(
        "prod_1",
        "SAN-1",
        "Array",
        "磁盘阵列",
        1,
        PRICE,
        PRICE,
        STEPS,
        PRICE,
        PRICE,
        0,
        "\U0001f680",
    )
    with app.transaction() as tx:
        made = Quote(
            id=tx.new_id("quote"),
            series_id="quote_1",
            currency="EUR",
            gross=PRICE,
            subtotal=PRICE,
            total=PRICE,
            account_id="acct_1",
            price_book_id="book_1",
            lines=(line,),
            **({"valid_until_date": "2026-11-30"} | fields),
        )
        quotes.add(tx, made)
    return made


def order(app: App) -> Order:
    with app.transaction() as tx:
        line = OrderLine(
            tx.new_id("line"),
            "prod_1",
            "SAN-1",
            "Array",
            "磁盘阵列",
            True,
            24,
            2,
            PRICE,
            STEPS,
            PRICE,
        )
        made = Order(
            id=tx.new_id("order"),
            account_id="acct_1",
            price_book_id="book_1",
            currency="EUR",
            lines=(line,),
            total=PRICE,
            billable=PRICE,
            invoiced=NOTHING,
            paid=NOTHING,
            refunded=NOTHING,
        )
        orders.add(tx, made)
    return made


def test_a_quote_comes_back_with_its_lines_and_traces(app: App) -> None:
    made = quote(app, send_time=MOMENT, state=QuoteState.SENT)
    with app.reading() as tx:
        assert quotes.get(tx, made.id) == made
        assert quotes.find(tx, "quote_x") is None


def test_two_answers_to_the_same_offer_cannot_both_be_kept(app: App) -> None:
    made = quote(app, state=QuoteState.SENT)
    with app.reading() as tx:
        first, second = quotes.get(tx, made.id), quotes.get(tx, made.id)
    first.accept("user_1", "PO", at=MOMENT)
    second.accept("user_2", "PO", at=MOMENT)
    with app.transaction() as tx:
        quotes.save(tx, first)
    with pytest.raises(Aborted), app.transaction() as tx:
        quotes.save(tx, second)


def test_overdue_offers_are_found_the_longest_overdue_first(app: App) -> None:
    yesterday = quote(app, state=QuoteState.SENT, valid_until_date="2026-11-21").id
    before = quote(app, state=QuoteState.SENT, valid_until_date="2026-11-20").id
    quote(app, state=QuoteState.SENT, valid_until_date="2026-11-22")
    quote(app, state=QuoteState.DRAFT, valid_until_date="2026-11-20")
    with app.reading() as tx:
        assert quotes.overdue(tx, "2026-11-22", 9) == [before, yesterday]
        assert quotes.overdue(tx, "2026-11-22", 1) == [before]


def test_limits_begin_with_the_standard_ones_and_can_be_put(app: App) -> None:
    with app.transaction() as tx:
        assert quotes.limits(tx, ["sales_manager", "marketer"]) == {"sales_manager": 3000}
        quotes.put_limit(tx, DiscountLimit("marketer", 1))
        known = quotes.get_limit(tx, "sales_manager")
        assert known is not None
        known.limit_basis_points = 2500
        quotes.put_limit(tx, known)
    with app.reading() as tx:
        roles = ["sales_manager", "marketer"]
        assert quotes.limits(tx, roles) == {"sales_manager": 2500, "marketer": 1}


def test_an_order_comes_back_with_its_lines(app: App) -> None:
    made = order(app)
    with app.reading() as tx:
        assert orders.get(tx, made.id) == made


def test_a_serial_number_is_with_one_customer_at_a_time(app: App) -> None:
    first, second = order(app), order(app)

    def move(of: Order, kind: FulfilmentKind) -> None:
        with app.transaction() as tx:
            number = tx.new_id("ful")
            moved = Fulfilment(
                number, of.id, of.lines[0].id, kind, 1, ("S1",), "", "user_1", MOMENT
            )
            act = orders.deliver if kind is FulfilmentKind.DELIVERY else orders.take_back
            act(tx, of.lines[0], moved)

    move(first, FulfilmentKind.DELIVERY)
    with pytest.raises(AlreadyExists):
        move(second, FulfilmentKind.DELIVERY)
    with pytest.raises(Refused):
        move(second, FulfilmentKind.RETURN)
    move(first, FulfilmentKind.RETURN)
    move(second, FulfilmentKind.DELIVERY)
    with app.reading() as tx:
        of_first = orders.fulfilments.c.order_id == first.id
        page = orders.FULFILMENTS.page(tx, ListFulfilmentsRequest(), of_first)
    assert sorted(row.kind for row in page.rows) == ["delivery", "return"]
    assert page.rows[0].serials == ["S1"]


def test_a_reference_is_found_again_by_kind_and_text(app: App) -> None:
    made = order(app)

    def entry(kind: LedgerKind, reference: str) -> OrderLedgerEntry:
        return OrderLedgerEntry(
            f"oled_{kind}_{reference}", made.id, kind, reference, PRICE, "user_1", MOMENT
        )

    paid = entry(LedgerKind.PAYMENT, "A1")
    with app.transaction() as tx:
        orders.record(tx, paid)
    with app.reading() as tx:
        assert orders.recorded(tx, paid) == paid
        assert orders.recorded(tx, entry(LedgerKind.PAYMENT, "a1")) is None
        assert orders.recorded(tx, entry(LedgerKind.REFUND, "A1")) is None
