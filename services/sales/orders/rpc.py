"""OrderService over gRPC. Each method's errors are stated in order_service.proto."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty
from meridian.sales.events.v1 import order_events_pb2 as _events  # noqa: F401 - announced by name
from meridian.sales.v1 import channel_pb2, order_pb2, order_service_pb2

from chassis import tables
from chassis.app import Transaction
from chassis.call import Call
from chassis.errors import Invalid
from chassis.money import Money
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto, to_protos
from chassis.records.enums import enum_names
from chassis.server import Servicer
from services.sales.customers import check_contact, check_customer
from services.sales.discretion import order_for
from services.sales.orders import drafting, store
from services.sales.orders.axes import FulfilmentKind, LedgerKind, OrderCancelReason
from services.sales.orders.domain import Fulfilment, Order, OrderLedgerEntry
from services.sales.price_books.domain import SalesChannel
from services.sales.pricing.pricer import Wish


class OrderService(Servicer):
    """Orders from the first draft to the last payment."""

    descriptor = order_service_pb2.DESCRIPTOR.services_by_name["OrderService"]

    def CreateOrder(
        self, request: order_service_pb2.CreateOrderRequest, call: Call
    ) -> order_pb2.Order:
        """Draft an order from an accepted quote, or from lines."""
        with self.transaction(call) as tx:
            order = _drafted(tx, request.order)
            tables.own(tx, order)
            store.add(tx, order)
            return tx.reply(to_proto(order, order_pb2.Order))

    def GetOrder(self, request: order_service_pb2.GetOrderRequest, call: Call) -> order_pb2.Order:
        """Read one order."""
        with self.reading(call) as tx:
            return order_for(call, to_proto(store.get(tx, request.id), order_pb2.Order))

    def ListOrders(
        self, request: order_service_pb2.ListOrdersRequest, call: Call
    ) -> order_service_pb2.ListOrdersResponse:
        """Page through the orders that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request)
        return order_service_pb2.ListOrdersResponse(
            orders=[order_for(call, each) for each in to_protos(page.rows, order_pb2.Order)],
            next_page_token=page.next_page_token,
        )

    def UpdateOrder(
        self, request: order_service_pb2.UpdateOrderRequest, call: Call
    ) -> order_pb2.Order:
        """Change customer_reference or contact_id."""
        paths = changed_paths(request.order, request.update_mask.paths)
        with self.transaction(call) as tx:
            order = store.get(tx, request.order.id, request.order.etag)
            order.revise(from_proto(request.order, Order, paths))
            check_contact(tx, "order", order.account_id, order.contact_id)
            store.save(tx, order)
            return tx.reply(to_proto(order, order_pb2.Order))

    def DeleteOrder(self, request: order_service_pb2.DeleteOrderRequest, call: Call) -> Empty:
        """Remove a draft that is not from a quote."""
        with self.transaction(call) as tx:
            order = store.get(tx, request.id, request.etag)
            order.check_deletable()
            store.remove(tx, order)
            return tx.reply(Empty())

    def PlaceOrder(
        self, request: order_service_pb2.PlaceOrderRequest, call: Call
    ) -> order_pb2.Order:
        """The customer orders bindingly."""
        with self.transaction(call) as tx:
            order = store.get(tx, request.id, request.etag)
            placed = order.place(at=tx.now)
            store.save(tx, order)
            tx.announce(placed)
            return tx.reply(to_proto(order, order_pb2.Order))

    def ConfirmOrder(
        self, request: order_service_pb2.ConfirmOrderRequest, call: Call
    ) -> order_pb2.Order:
        """Promise delivery."""
        with self.transaction(call) as tx:
            order = store.get(tx, request.id, request.etag)
            confirmed = order.confirm(at=tx.now)
            store.save(tx, order)
            tx.announce(confirmed)
            return tx.reply(to_proto(order, order_pb2.Order))

    def FulfilOrder(
        self, request: order_service_pb2.FulfilOrderRequest, call: Call
    ) -> order_pb2.Order:
        """Record a delivery of some units of one line."""
        with self.transaction(call) as tx:
            order = store.get(tx, request.id, request.etag)
            delivery = _fulfilment(tx, request, FulfilmentKind.DELIVERY)
            delivered = order.deliver(delivery)
            store.save(tx, order)
            store.deliver(tx, order.line(delivery.line_id), delivery)
            tx.announce(*delivered)
            return tx.reply(to_proto(order, order_pb2.Order))

    def ReturnOrder(
        self, request: order_service_pb2.ReturnOrderRequest, call: Call
    ) -> order_pb2.Order:
        """Record that delivered units came back."""
        with self.transaction(call) as tx:
            order = store.get(tx, request.id, request.etag)
            returned = _fulfilment(tx, request, FulfilmentKind.RETURN, request.note)
            taken_back = order.take_back(returned)
            store.save(tx, order)
            store.take_back(tx, order.line(returned.line_id), returned)
            tx.announce(taken_back)
            return tx.reply(to_proto(order, order_pb2.Order))

    def CancelOrder(
        self, request: order_service_pb2.CancelOrderRequest, call: Call
    ) -> order_pb2.Order:
        """Cancel everything that is not delivered."""
        reason = OrderCancelReason(
            enum_names(order_pb2.OrderCancelReason.DESCRIPTOR)[request.reason]
        )
        with self.transaction(call) as tx:
            order = store.get(tx, request.id, request.etag)
            cancelled = order.cancel(reason, request.note, at=tx.now)
            store.save(tx, order)
            tx.announce(*cancelled)
            return tx.reply(to_proto(order, order_pb2.Order))

    def RecordOrderInvoice(
        self, request: order_service_pb2.RecordOrderInvoiceRequest, call: Call
    ) -> order_pb2.Order:
        """Record an invoice or a credit note."""
        return self._record(request, call)

    def RecordOrderPayment(
        self, request: order_service_pb2.RecordOrderPaymentRequest, call: Call
    ) -> order_pb2.Order:
        """Record a payment or a refund."""
        return self._record(request, call)

    def CloseOrder(
        self, request: order_service_pb2.CloseOrderRequest, call: Call
    ) -> order_pb2.Order:
        """Put an order away."""
        with self.transaction(call) as tx:
            order = store.get(tx, request.id, request.etag)
            closed = order.close(at=tx.now)
            store.save(tx, order)
            tx.announce(closed)
            return tx.reply(to_proto(order, order_pb2.Order))

    def ListFulfilments(
        self, request: order_service_pb2.ListFulfilmentsRequest, call: Call
    ) -> order_service_pb2.ListFulfilmentsResponse:
        """Page through the deliveries and returns of an order."""
        with self.reading(call) as tx:
            order = store.get(tx, request.order_id)
            of_order = store.fulfilments.c.order_id == order.id
            page = store.FULFILMENTS.page(tx, request, of_order)
        return order_service_pb2.ListFulfilmentsResponse(
            fulfilments=to_protos(page.rows, order_pb2.Fulfilment),
            next_page_token=page.next_page_token,
        )

    def ListOrderLedgerEntries(
        self, request: order_service_pb2.ListOrderLedgerEntriesRequest, call: Call
    ) -> order_service_pb2.ListOrderLedgerEntriesResponse:
        """Page through the invoices, credit notes, payments and refunds of an order."""
        with self.reading(call) as tx:
            order = store.get(tx, request.order_id)
            of_order = store.order_ledger_entries.c.order_id == order.id
            page = store.LEDGER.page(tx, request, of_order)
        return order_service_pb2.ListOrderLedgerEntriesResponse(
            ledger_entries=to_protos(page.rows, order_pb2.OrderLedgerEntry),
            next_page_token=page.next_page_token,
        )

    def _record(
        self,
        request: order_service_pb2.RecordOrderInvoiceRequest
        | order_service_pb2.RecordOrderPaymentRequest,
        call: Call,
    ) -> order_pb2.Order:
        with self.transaction(call) as tx:
            order = store.get(tx, request.id, request.etag)
            entry = _entry(tx, request)
            known = store.recorded(tx, entry)
            if known:
                known.require_same(entry)
                return tx.reply(to_proto(order, order_pb2.Order))
            recorded = order.record(entry)
            store.save(tx, order)
            store.record(tx, entry)
            tx.announce(recorded)
            return tx.reply(to_proto(order, order_pb2.Order))


def _drafted(tx: Transaction, message: order_pb2.Order) -> Order:
    if message.quote_id:
        if message.lines:
            raise Invalid("LINES_ARE_THE_QUOTES", field="order.lines")
        return drafting.from_quote(tx, message.quote_id, message.customer_reference)
    check_customer(tx, "order", message.account_id, message.contact_id, message.opportunity_id)
    order = drafting.from_lines(
        tx,
        [
            Wish(line.product_id, line.quantity, f"order.lines[{index}].product_id")
            for index, line in enumerate(message.lines)
        ],
        account_id=message.account_id,
        price_book_id=message.price_book_id,
        channel=SalesChannel(enum_names(channel_pb2.SalesChannel.DESCRIPTOR)[message.channel]),
    )
    order.contact_id, order.opportunity_id = message.contact_id, message.opportunity_id
    order.customer_reference = message.customer_reference
    return order


def _fulfilment(
    tx: Transaction,
    request: order_service_pb2.FulfilOrderRequest | order_service_pb2.ReturnOrderRequest,
    kind: FulfilmentKind,
    note: str = "",
) -> Fulfilment:
    return Fulfilment(
        id=tx.new_id("ful"),
        order_id=request.id,
        line_id=request.line_id,
        kind=kind,
        quantity=request.quantity,
        serials=tuple(request.serials),
        note=note,
        actor_id=tx.call.identity.subject,
        create_time=tx.now,
    )


def _entry(
    tx: Transaction,
    request: order_service_pb2.RecordOrderInvoiceRequest
    | order_service_pb2.RecordOrderPaymentRequest,
) -> OrderLedgerEntry:
    return OrderLedgerEntry(
        id=tx.new_id("oled"),
        order_id=request.id,
        kind=LedgerKind(enum_names(order_pb2.LedgerKind.DESCRIPTOR)[request.kind]),
        reference=request.reference,
        amount=Money(request.amount.amount_minor, request.amount.currency),
        actor_id=tx.call.identity.subject,
        create_time=tx.now,
    )
