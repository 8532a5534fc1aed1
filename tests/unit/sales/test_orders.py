"""Orders: four axes, never more than ordered, sums that reconcile (SAL-6)."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chassis.errors import Invalid, MeridianError, Refused
from chassis.money import Money
from services.sales.orders.axes import (
    FulfilmentKind,
    FulfilmentState,
    InvoiceState,
    LedgerKind,
    OrderCancelReason,
    OrderState,
    PaymentState,
)
from services.sales.orders.domain import Fulfilment, Order, OrderLedgerEntry
from services.sales.orders.events import (
    OrderCancelled,
    OrderClosed,
    OrderConfirmed,
    OrderFulfilled,
    OrderInvoiced,
    OrderLineFulfilled,
    OrderLineReturned,
    OrderPaid,
    OrderPlaced,
)
from services.sales.orders.lines import OrderLine

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NOTHING = Money(0, "EUR")
_numbers = count(1)


def euros(cents: int) -> Money:
    return Money(cents, "EUR")


def line(line_id: str, quantity: int, amount: int, *, serials: bool = False) -> OrderLine:
    return OrderLine(
        id=line_id,
        product_id=f"prod_{line_id}",
        sku=f"SKU-{line_id}",
        product_name="Disk array",
        product_name_zh="磁盘阵列",
        serial_tracked=serials,
        warranty_months=24,
        quantity=quantity,
        unit_price=euros(amount),
        price_steps=(),
        amount=euros(amount),
    )


def order(*lines: OrderLine, state: OrderState = OrderState.CONFIRMED) -> Order:
    total = Money.total([each.amount for each in lines], "EUR")
    return Order(
        id="order_na_1",
        account_id="acct_1",
        contact_id="cont_1",
        opportunity_id="opp_1",
        quote_id="quote_1",
        price_book_id="book_1",
        currency="EUR",
        lines=lines,
        total=total,
        billable=total,
        invoiced=NOTHING,
        paid=NOTHING,
        refunded=NOTHING,
        commercial_state=state,
        owner_id="user_rep",
    )


def units(line_id: str, quantity: int, *serials: str, back: bool = False) -> Fulfilment:
    kind = FulfilmentKind.RETURN if back else FulfilmentKind.DELIVERY
    return Fulfilment(
        f"ful_{next(_numbers)}", "order_na_1", line_id, kind, quantity, serials, "", "user_1", NOW
    )


def entry(kind: LedgerKind, cents: int, currency: str = "EUR") -> OrderLedgerEntry:
    number = next(_numbers)
    amount = Money(cents, currency)
    return OrderLedgerEntry(
        f"oled_{number}", "order_na_1", kind, f"no {number}", amount, "user_1", NOW
    )


def test_is_placed_and_confirmed_once() -> None:
    made = order(line("a", 2, 100), state=OrderState.DRAFT)
    assert made.place(at=NOW) == OrderPlaced(
        "order_na_1", "acct_1", "cont_1", "opp_1", "quote_1", euros(100), "user_rep", NOW
    )
    assert made.confirm(at=NOW) == OrderConfirmed("order_na_1", "acct_1", NOW)
    for act, reason in [(made.place, "ORDER_NOT_DRAFT"), (made.confirm, "ORDER_NOT_PLACED")]:
        with pytest.raises(Refused) as refusal:
            act(at=NOW)
        assert refusal.value.reason == reason


def test_is_delivered_line_by_line_with_serials() -> None:
    made = order(line("a", 2, 100, serials=True), line("b", 5, 70))
    first = units("a", 1, "S1")
    assert made.deliver(first) == [
        OrderLineFulfilled(
            order_id="order_na_1",
            fulfilment_id=first.id,
            line_id="a",
            account_id="acct_1",
            contact_id="cont_1",
            product_id="prod_a",
            product_name="Disk array",
            product_name_zh="磁盘阵列",
            sku="SKU-a",
            quantity=1,
            serials=("S1",),
            warranty_months=24,
            fulfilled_time=NOW,
        )
    ]
    assert made.fulfilment_state is FulfilmentState.PARTIAL
    made.deliver(units("a", 1, "S2"))
    events = made.deliver(units("b", 5))
    assert events[1] == OrderFulfilled("order_na_1", "acct_1", "opp_1")
    assert made.fulfilment_state is FulfilmentState.FULFILLED


@pytest.mark.parametrize(
    ("delivery", "reason"),
    [
        (units("a", 3, "S1", "S2", "S3"), "MORE_THAN_ORDERED"),
        (units("a", 2, "S1"), "SERIALS_COUNT"),
        (units("a", 2), "SERIALS_COUNT"),
        (units("a", 2, "S1", "S1"), "SERIAL_REPEATED"),
        (units("b", 1, "S1"), "SERIALS_NOT_EXPECTED"),
        (units("c", 1), "LINE_UNKNOWN"),
    ],
)
def test_a_wrong_delivery_changes_nothing(delivery: Fulfilment, reason: str) -> None:
    made = order(line("a", 2, 100, serials=True), line("b", 5, 70))
    before = copy.deepcopy(made)
    with pytest.raises(MeridianError) as refusal:
        made.deliver(delivery)
    assert refusal.value.reason == reason
    assert made == before


def test_the_rest_of_a_partly_delivered_order_can_be_cancelled() -> None:
    made = order(line("a", 3, 100))
    made.deliver(units("a", 1))
    events = made.cancel(OrderCancelReason.UNAVAILABLE, "", at=NOW)
    assert events == [
        OrderCancelled("order_na_1", "acct_1", "unavailable", euros(67), whole=False),
        OrderFulfilled("order_na_1", "acct_1", "opp_1"),
    ]
    assert made.commercial_state is OrderState.CONFIRMED
    assert made.fulfilment_state is FulfilmentState.FULFILLED
    assert (made.total, made.billable) == (euros(100), euros(33))
    with pytest.raises(Refused) as refusal:
        made.cancel(OrderCancelReason.CUSTOMER, "", at=NOW)
    assert refusal.value.reason == "NOTHING_TO_CANCEL"


@pytest.mark.parametrize("state", [OrderState.DRAFT, OrderState.PLACED, OrderState.CONFIRMED])
def test_an_order_of_which_nothing_is_delivered_is_cancelled_as_a_whole(state: OrderState) -> None:
    made = order(line("a", 3, 100), state=state)
    with pytest.raises(Invalid) as invalid:
        made.cancel(OrderCancelReason.OTHER, "", at=NOW)
    assert invalid.value.reason == "NOTE_REQUIRED"
    assert made.cancel(OrderCancelReason.OTHER, "flood", at=NOW) == [
        OrderCancelled("order_na_1", "acct_1", "other", euros(100), whole=True)
    ]
    assert (made.commercial_state, made.billable) == (OrderState.CANCELLED, NOTHING)
    with pytest.raises(Refused) as refusal:
        made.cancel(OrderCancelReason.CUSTOMER, "", at=NOW)
    assert refusal.value.reason == "ORDER_OVER"


def test_what_came_back_is_no_longer_billable() -> None:
    made = order(line("a", 2, 101, serials=True))
    made.deliver(units("a", 2, "S1", "S2"))
    back = units("a", 1, "S1", back=True)
    assert made.take_back(back) == OrderLineReturned(
        "order_na_1", back.id, "a", "acct_1", "prod_a", 1, ("S1",)
    )
    assert (made.fulfilment_state, made.billable) == (FulfilmentState.FULFILLED, euros(50))
    with pytest.raises(Refused) as refusal:
        made.take_back(units("a", 2, "S1", "S2", back=True))
    assert refusal.value.reason == "MORE_THAN_DELIVERED"
    made.take_back(units("a", 1, "S2", back=True))
    assert (made.fulfilment_state, made.billable) == (FulfilmentState.RETURNED, NOTHING)


def test_invoices_and_payments_go_up_to_what_is_billable() -> None:
    made = order(line("a", 1, 100))
    first = entry(LedgerKind.INVOICE, 60)
    assert made.record(first) == OrderInvoiced(
        "order_na_1", "acct_1", "invoice", first.reference, euros(60), euros(60), "partial"
    )
    with pytest.raises(Refused) as refusal:
        made.record(entry(LedgerKind.INVOICE, 41))
    assert refusal.value.reason == "INVOICE_TOO_LARGE"
    assert refusal.value.params == {"amount": "0.41 EUR", "most": "0.40 EUR"}
    made.record(entry(LedgerKind.INVOICE, 40))
    assert made.invoice_state is InvoiceState.INVOICED
    payment = entry(LedgerKind.PAYMENT, 100)
    assert made.record(payment) == OrderPaid(
        "order_na_1", "acct_1", "payment", payment.reference, euros(100), euros(100), "paid"
    )
    for kind, reason in [
        (LedgerKind.PAYMENT, "PAYMENT_TOO_LARGE"),
        (LedgerKind.CREDIT_NOTE, "CREDIT_TOO_LARGE"),
        (LedgerKind.REFUND, "REFUND_TOO_LARGE"),
    ]:
        with pytest.raises(Refused) as refusal:
            made.record(entry(kind, 101))
        assert refusal.value.reason == reason
    made.record(entry(LedgerKind.REFUND, 100))
    assert (made.payment_state, made.balance) == (PaymentState.REFUNDED, NOTHING)


def test_money_moves_only_in_the_currency_of_a_binding_order() -> None:
    with pytest.raises(Invalid) as invalid:
        order(line("a", 1, 100)).record(entry(LedgerKind.INVOICE, 1, "USD"))
    assert invalid.value.reason == "CURRENCY_NOT_OF_ORDER"
    for state in (OrderState.DRAFT, OrderState.CLOSED, OrderState.CANCELLED):
        with pytest.raises(Refused) as refusal:
            order(line("a", 1, 100), state=state).record(entry(LedgerKind.PAYMENT, 1))
        assert refusal.value.reason == "ORDER_NOT_BINDING"


def test_a_payment_for_what_was_cancelled_goes_back() -> None:
    made = order(line("a", 1, 100))
    made.record(entry(LedgerKind.PAYMENT, 30))
    made.cancel(OrderCancelReason.CUSTOMER, "", at=NOW)
    assert made.payment_state is PaymentState.PAID
    made.record(entry(LedgerKind.REFUND, 30))
    assert made.payment_state is PaymentState.REFUNDED


def test_closes_only_when_all_axes_are_done() -> None:
    made = order(line("a", 1, 100))
    steps = [
        lambda: made.deliver(units("a", 1)),
        lambda: made.record(entry(LedgerKind.INVOICE, 100)),
        lambda: made.record(entry(LedgerKind.PAYMENT, 100)),
    ]
    for step in steps:
        with pytest.raises(Refused) as refusal:
            made.close(at=NOW)
        assert refusal.value.reason == "ORDER_NOT_DONE"
        step()
    assert made.close(at=NOW) == OrderClosed("order_na_1", "acct_1", NOW)
    assert made.commercial_state is OrderState.CLOSED


def test_what_is_over_changes_no_more() -> None:
    made = order(line("a", 1, 100))
    made.revise({"customer_reference": "PO 1", "contact_id": "cont_2"})
    assert (made.customer_reference, made.contact_id) == ("PO 1", "cont_2")
    made.cancel(OrderCancelReason.CUSTOMER, "", at=NOW)
    with pytest.raises(Refused) as refusal:
        made.revise({"customer_reference": "PO 2"})
    assert refusal.value.reason == "ORDER_OVER"


class AnyHistory(RuleBasedStateMachine):
    """Whatever is tried in whatever order, the figures stay within bounds and reconcile."""

    def __init__(self) -> None:
        super().__init__()
        self.order = order(line("a", 7, 1003), line("b", 3, 0), line("c", 1, 50_000))
        self.ledger: list[OrderLedgerEntry] = []
        self.moved: list[Fulfilment] = []

    def _try(self, act) -> None:  # type: ignore[no-untyped-def]
        before = copy.deepcopy(self.order)
        try:
            act()
        except (Refused, Invalid):
            assert self.order == before

    @rule(line_id=st.sampled_from("abc"), quantity=st.integers(1, 8), back=st.booleans())
    def move(self, line_id: str, quantity: int, back: bool) -> None:
        fulfilment = units(line_id, quantity, back=back)

        def act() -> None:
            (self.order.take_back if back else self.order.deliver)(fulfilment)
            self.moved.append(fulfilment)

        self._try(act)

    @rule(kind=st.sampled_from(LedgerKind), cents=st.integers(1, 60_000))
    def book(self, kind: LedgerKind, cents: int) -> None:
        booked = entry(kind, cents)

        def act() -> None:
            self.order.record(booked)
            self.ledger.append(booked)

        self._try(act)

    @rule()
    def cancel(self) -> None:
        self._try(lambda: self.order.cancel(OrderCancelReason.CUSTOMER, "", at=NOW))

    @rule()
    def close(self) -> None:
        self._try(lambda: self.order.close(at=NOW))

    @invariant()
    def quantities_are_bounded_and_reconcile(self) -> None:
        for each in self.order.lines:
            assert 0 <= each.returned_quantity <= each.fulfilled_quantity
            assert each.open_quantity >= 0
            mine = [f for f in self.moved if f.line_id == each.id]
            delivered = sum(f.quantity for f in mine if f.kind is FulfilmentKind.DELIVERY)
            returned = sum(f.quantity for f in mine if f.kind is FulfilmentKind.RETURN)
            assert (each.fulfilled_quantity, each.returned_quantity) == (delivered, returned)

    @invariant()
    def sums_reconcile_with_the_ledger(self) -> None:
        def booked(kind: LedgerKind) -> Money:
            return Money.total([e.amount for e in self.ledger if e.kind is kind], "EUR")

        assert self.order.invoiced == booked(LedgerKind.INVOICE) - booked(LedgerKind.CREDIT_NOTE)
        assert self.order.paid == booked(LedgerKind.PAYMENT)
        assert self.order.refunded == booked(LedgerKind.REFUND)
        assert self.order.invoiced >= NOTHING
        assert self.order.balance >= NOTHING
        assert NOTHING <= self.order.billable <= self.order.total


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
