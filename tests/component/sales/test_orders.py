"""Orders through real gRPC: four axes from draft to closed (SAL-6)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from meridian.sales.v1 import order_pb2, order_service_pb2

from chassis.errors import AlreadyExists, Denied, Invalid, MeridianError, NotFound, Refused
from tests.component.sales.catalogue import ORDERS, confirmed_order, euros, order, shop
from tests.component.sales.people import contact, every, refusal_of
from tests.running import Caller, RunningService

REQUESTS = order_service_pb2


def axes(made: order_pb2.Order) -> tuple[str, str, str, str]:
    return (
        order_pb2.OrderState.Name(made.commercial_state).removeprefix("ORDER_STATE_"),
        order_pb2.FulfilmentState.Name(made.fulfilment_state).removeprefix("FULFILMENT_STATE_"),
        order_pb2.InvoiceState.Name(made.invoice_state).removeprefix("INVOICE_STATE_"),
        order_pb2.PaymentState.Name(made.payment_state).removeprefix("PAYMENT_STATE_"),
    )


def fulfil(caller: Caller, made: order_pb2.Order, line: int, quantity: int, *serials: str) -> Any:
    request = REQUESTS.FulfilOrderRequest(
        id=made.id, line_id=made.lines[line].id, quantity=quantity, serials=serials
    )
    return caller.call(ORDERS).FulfilOrder(request)


def take_back(
    caller: Caller, made: order_pb2.Order, line: int, quantity: int, *serials: str
) -> Any:
    request = REQUESTS.ReturnOrderRequest(
        id=made.id, line_id=made.lines[line].id, quantity=quantity, serials=serials, note="Broken"
    )
    return caller.call(ORDERS).ReturnOrder(request)


def invoice(caller: Caller, order_id: str, reference: str, cents: int, kind: int = 1) -> Any:
    request = REQUESTS.RecordOrderInvoiceRequest(
        id=order_id, kind=kind, reference=reference, amount=euros(cents)
    )
    return caller.call(ORDERS).RecordOrderInvoice(request)


def pay(caller: Caller, order_id: str, reference: str, cents: int, kind: int = 3) -> Any:
    request = REQUESTS.RecordOrderPaymentRequest(
        id=order_id, kind=kind, reference=reference, amount=euros(cents)
    )
    return caller.call(ORDERS).RecordOrderPayment(request)


def cancel(caller: Caller, order_id: str) -> Any:
    request = REQUESTS.CancelOrderRequest(
        id=order_id, reason=order_pb2.ORDER_CANCEL_REASON_CUSTOMER
    )
    return caller.call(ORDERS).CancelOrder(request)


def test_an_order_goes_its_whole_way(sales: RunningService, anna: Caller) -> None:
    made = confirmed_order(anna, shop(anna))
    assert made.total.amount_minor == 209_990
    assert axes(made) == ("CONFIRMED", "UNFULFILLED", "NOT_INVOICED", "UNPAID")

    assert axes(fulfil(anna, made, 0, 1, "S1"))[1] == "PARTIAL"
    fulfil(anna, made, 0, 1, "S2")
    assert axes(fulfil(anna, made, 1, 10))[1] == "FULFILLED"
    assert axes(invoice(anna, made.id, "INV 1", 100_000))[2] == "PARTIAL"
    assert axes(invoice(anna, made.id, "INV 2", 109_990))[2] == "INVOICED"
    early = refusal_of(lambda: anna.call(ORDERS).CloseOrder(REQUESTS.CloseOrderRequest(id=made.id)))
    assert early.reason == "ORDER_NOT_DONE"
    assert axes(pay(anna, made.id, "PAY 1", 209_990))[3] == "PAID"
    closed = anna.call(ORDERS).CloseOrder(REQUESTS.CloseOrderRequest(id=made.id))

    assert axes(closed) == ("CLOSED", "FULFILLED", "INVOICED", "PAID")
    assert [event for event in sales.events() if event.startswith("Order")] == [
        "OrderPlaced",
        "OrderConfirmed",
        "OrderLineFulfilled",
        "OrderLineFulfilled",
        "OrderLineFulfilled",
        "OrderFulfilled",
        "OrderInvoiced",
        "OrderInvoiced",
        "OrderPaid",
        "OrderClosed",
    ]


def test_serial_numbers_are_delivered_once(sales: RunningService, anna: Caller) -> None:
    at = shop(anna)
    first, second = confirmed_order(anna, at), confirmed_order(anna, at)
    fulfil(anna, first, 0, 1, "S1")

    taken = refusal_of(lambda: fulfil(anna, second, 0, 1, "S1"))
    assert (type(taken), taken.reason) == (AlreadyExists, "SERIAL_TAKEN")
    assert len(sales.table("fulfilments")) == 1
    foreign = refusal_of(lambda: take_back(anna, second, 0, 1, "S1"))
    assert foreign.reason == "MORE_THAN_DELIVERED"
    fulfil(anna, second, 0, 1, "S2")
    wrong = refusal_of(lambda: take_back(anna, second, 0, 1, "S1"))
    assert (type(wrong), wrong.reason) == (Refused, "SERIAL_NOT_DELIVERED")

    take_back(anna, first, 0, 1, "S1")
    fulfil(anna, second, 0, 1, "S1")
    assert sorted(row["serial"] for row in sales.table("delivered_serials")) == ["S1", "S2"]


def test_a_wrong_delivery_changes_nothing(sales: RunningService, anna: Caller) -> None:
    made = confirmed_order(anna, shop(anna))
    before = (sales.table("orders"), sales.events())
    cases: list[tuple[tuple[Any, ...], type[MeridianError], str]] = [
        ((0, 3, "A", "B", "C"), Refused, "MORE_THAN_ORDERED"),
        ((0, 2, "A"), Invalid, "SERIALS_COUNT"),
        ((0, 2, "A", "A"), Invalid, "SERIAL_REPEATED"),
        ((1, 1, "A"), Invalid, "SERIALS_NOT_EXPECTED"),
        ((1, 0), Invalid, "INVALID_FIELDS"),
    ]
    for (line, quantity, *serials), kind, reason in cases:
        refusal = refusal_of(
            lambda line=line, quantity=quantity, serials=serials: fulfil(
                anna, made, line, quantity, *serials
            )
        )
        assert (type(refusal), refusal.reason) == (kind, reason)
    assert (sales.table("orders"), sales.events()) == before
    assert sales.table("fulfilments") == []


def test_many_deliveries_at_once_never_exceed_the_order(
    sales: RunningService, anna: Caller
) -> None:
    made = confirmed_order(anna, shop(anna))

    def attempt(_number: int) -> int:
        try:
            fulfil(anna, made, 1, 3)
        except MeridianError:
            return 0
        return 3

    with ThreadPoolExecutor(6) as pool:
        delivered = sum(pool.map(attempt, range(12)))

    now = anna.call(ORDERS).GetOrder(REQUESTS.GetOrderRequest(id=made.id))
    assert now.lines[1].fulfilled_quantity == delivered <= 9
    assert sum(row["quantity"] for row in sales.table("fulfilments")) == delivered


def test_the_same_reference_counts_once(sales: RunningService, anna: Caller) -> None:
    made = confirmed_order(anna, shop(anna))
    first, second = pay(anna, made.id, "PAY 1", 1_000), pay(anna, made.id, "PAY 1", 1_000)
    assert first == second
    other = refusal_of(lambda: pay(anna, made.id, "PAY 1", 1_001))
    assert (type(other), other.reason) == (Refused, "LEDGER_REFERENCE_USED")
    assert [row["amount_minor"] for row in sales.table("order_ledger_entries")] == [1_000]
    assert sales.events().count("OrderPaid") == 1


def test_money_that_does_not_fit_is_refused(sales: RunningService, anna: Caller) -> None:
    at = shop(anna)
    made = confirmed_order(anna, at)
    lines = [{"product_id": at.cable_id, "quantity": 1}]
    draft = order(anna, account_id=at.account_id, price_book_id=at.book_id, lines=lines)
    dollars = REQUESTS.RecordOrderPaymentRequest(
        id=made.id, kind=3, reference="P", amount={"amount_minor": 1, "currency": "USD"}
    )
    for attempt, reason in [
        (lambda: invoice(anna, made.id, "I", 209_991), "INVOICE_TOO_LARGE"),
        (lambda: invoice(anna, made.id, "C", 1, kind=2), "CREDIT_TOO_LARGE"),
        (lambda: pay(anna, made.id, "P", 209_991), "PAYMENT_TOO_LARGE"),
        (lambda: pay(anna, made.id, "R", 1, kind=4), "REFUND_TOO_LARGE"),
        (lambda: anna.call(ORDERS).RecordOrderPayment(dollars), "CURRENCY_NOT_OF_ORDER"),
        (lambda: pay(anna, draft.id, "P", 1), "ORDER_NOT_BINDING"),
        (lambda: pay(anna, made.id, "P", 1, kind=1), "INVALID_FIELDS"),
        (lambda: pay(anna, made.id, "P", 0), "INVALID_FIELDS"),
    ]:
        assert refusal_of(attempt).reason == reason
    assert sales.table("order_ledger_entries") == []


def test_the_rest_is_cancelled_and_the_delivered_part_goes_on(
    sales: RunningService, anna: Caller
) -> None:
    made = confirmed_order(anna, shop(anna))
    fulfil(anna, made, 1, 4)
    cancelled = cancel(anna, made.id)

    assert axes(cancelled)[:2] == ("CONFIRMED", "FULFILLED")
    assert cancelled.billable.amount_minor == 3_996
    assert [line.cancelled_quantity for line in cancelled.lines] == [2, 6]
    invoice(anna, made.id, "INV 1", 3_996)
    pay(anna, made.id, "PAY 1", 3_996)
    closed = anna.call(ORDERS).CloseOrder(REQUESTS.CloseOrderRequest(id=made.id))
    assert axes(closed)[0] == "CLOSED"
    assert refusal_of(lambda: cancel(anna, made.id)).reason == "ORDER_OVER"
    assert "OrderCancelled" in sales.events()


def test_a_whole_order_is_cancelled_and_the_deposit_paid_back(anna: Caller) -> None:
    made = confirmed_order(anna, shop(anna))
    pay(anna, made.id, "PAY 1", 500)
    assert axes(cancel(anna, made.id)) == ("CANCELLED", "UNFULFILLED", "NOT_INVOICED", "PAID")
    assert axes(pay(anna, made.id, "REF 1", 500, kind=4))[3] == "REFUNDED"


def test_goods_come_back(sales: RunningService, anna: Caller) -> None:
    made = confirmed_order(anna, shop(anna))
    fulfil(anna, made, 1, 10)
    returned = take_back(anna, made, 1, 10)
    assert returned.billable.amount_minor == 200_000
    assert returned.lines[1].returned_quantity == 10
    ask = anna.call(ORDERS).ListFulfilments
    moves = list(every(ask, REQUESTS.ListFulfilmentsRequest, order_id=made.id, page_size=1))
    assert [(m.quantity, m.note) for m in moves] == [(10, ""), (10, "Broken")]
    back = every(ask, REQUESTS.ListFulfilmentsRequest, order_id=made.id, filter="kind = RETURN")
    assert [m.actor_id for m in back] == ["user_anna"]
    assert sales.events()[-1:] == ["OrderLineReturned"]


def test_the_ledger_is_listed(anna: Caller) -> None:
    made = confirmed_order(anna, shop(anna))
    invoice(anna, made.id, "INV 1", 700)
    invoice(anna, made.id, "CN 1", 200, kind=2)
    pay(anna, made.id, "PAY 1", 500)
    ask = anna.call(ORDERS).ListOrderLedgerEntries
    entries = list(
        every(ask, REQUESTS.ListOrderLedgerEntriesRequest, order_id=made.id, order_by="reference")
    )
    assert [(e.reference, e.amount.amount_minor) for e in entries] == [
        ("CN 1", 200),
        ("INV 1", 700),
        ("PAY 1", 500),
    ]


def test_only_reference_and_contact_change(anna: Caller) -> None:
    at = shop(anna)
    made = confirmed_order(anna, at)
    buyer = contact(anna, roles=[{"account_id": at.account_id}]).id
    orders = anna.call(ORDERS)
    updated = orders.UpdateOrder(
        REQUESTS.UpdateOrderRequest(
            order={"id": made.id, "customer_reference": "PO 1", "contact_id": buyer}
        )
    )
    assert (updated.customer_reference, updated.contact_id) == ("PO 1", buyer)
    fixed = REQUESTS.UpdateOrderRequest(
        order={"id": made.id, "account_id": "x"}, update_mask={"paths": ["account_id"]}
    )
    assert refusal_of(lambda: orders.UpdateOrder(fixed)).reason == "FIELD_NOT_UPDATABLE"


def test_drafts_are_checked_and_deleted(sales: RunningService, anna: Caller) -> None:
    at = shop(anna)
    lines = [{"product_id": at.cable_id, "quantity": 1}]
    whole = {"account_id": at.account_id, "price_book_id": at.book_id, "lines": lines}
    for change, reason in [
        ({"lines": []}, "ORDER_EMPTY"),
        ({"account_id": ""}, "ACCOUNT_NOT_FOUND"),
        ({"price_book_id": ""}, "PRICE_BOOK_NOT_FOUND"),
        ({"lines": [{"product_id": "prod_x", "quantity": 1}]}, "PRODUCT_NOT_FOUND"),
    ]:
        assert refusal_of(lambda change=change: order(anna, **(whole | change))).reason == reason
    assert sales.table("orders") == []
    draft = order(anna, **whole)
    anna.call(ORDERS).DeleteOrder(REQUESTS.DeleteOrderRequest(id=draft.id))
    assert sales.table("orders") == []


def test_illegal_moves_say_so(anna: Caller) -> None:
    made = confirmed_order(anna, shop(anna))
    orders = anna.call(ORDERS)
    for attempt, reason in [
        (lambda: orders.PlaceOrder(REQUESTS.PlaceOrderRequest(id=made.id)), "ORDER_NOT_DRAFT"),
        (lambda: orders.ConfirmOrder(REQUESTS.ConfirmOrderRequest(id=made.id)), "ORDER_NOT_PLACED"),
        (lambda: orders.DeleteOrder(REQUESTS.DeleteOrderRequest(id=made.id)), "ORDER_NOT_DRAFT"),
        (
            lambda: orders.PlaceOrder(REQUESTS.PlaceOrderRequest(id=made.id, etag="1")),
            "STALE_ETAG",
        ),
    ]:
        assert refusal_of(attempt).reason == reason


def test_lists_filter_by_every_axis(anna: Caller) -> None:
    at = shop(anna)
    first, second = confirmed_order(anna, at), confirmed_order(anna, at)
    fulfil(anna, first, 1, 1)

    def ids(**query: object) -> list[str]:
        ask = anna.call(ORDERS).ListOrders
        return [o.id for o in every(ask, REQUESTS.ListOrdersRequest, **query)]

    assert ids(order_by="create_time", page_size=1) == [first.id, second.id]
    assert ids(filter="commercial_state = CONFIRMED AND fulfilment_state = PARTIAL") == [first.id]
    assert ids(filter="payment_state != UNPAID") == []


def test_orders_are_for_those_who_may_see_them(sales: RunningService, anna: Caller) -> None:
    made = confirmed_order(anna, shop(anna))
    get = REQUESTS.GetOrderRequest(id=made.id)
    stranger = sales.caller("user_stan", "sales.*@own")
    assert isinstance(refusal_of(lambda: stranger.call(ORDERS).GetOrder(get)), NotFound)
    buyer = sales.caller("user_buyer", "sales.orders.read@customer", account_id=made.account_id)
    seen = buyer.call(ORDERS).GetOrder(get)
    assert (seen.id, seen.total) == (made.id, made.total)
    assert made.lines[0].price_steps
    assert not seen.lines[0].price_steps
    assert isinstance(refusal_of(lambda: fulfil(buyer, made, 1, 1)), Denied)
