"""Orders: four axes, commercial, fulfilment, invoice and payment, that move independently (SAL-6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.errors import Invalid, Refused
from chassis.money import Money
from services.sales.orders import axes
from services.sales.orders.axes import (
    FulfilmentKind,
    FulfilmentState,
    InvoiceState,
    LedgerKind,
    OrderCancelReason,
    OrderState,
    PaymentState,
)
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
from services.sales.price_books.domain import SalesChannel

BINDING = {OrderState.PLACED, OrderState.CONFIRMED}
OVER = {OrderState.CANCELLED, OrderState.CLOSED}


@dataclass(frozen=True)
class Fulfilment:
    """Units of one line that were delivered or came back."""

    id: str
    order_id: str
    line_id: str
    kind: FulfilmentKind
    quantity: int
    serials: tuple[str, ...]
    note: str
    actor_id: str
    create_time: datetime


@dataclass(frozen=True)
class OrderLedgerEntry:
    """An amount invoiced, credited, paid or refunded; positive, kind says which way it counts."""

    id: str
    order_id: str
    kind: LedgerKind
    reference: str
    amount: Money
    actor_id: str
    create_time: datetime

    def require_same(self, repeated: OrderLedgerEntry) -> None:
        """Refused(LEDGER_REFERENCE_USED) if what came again under this reference is not the same amount."""
        if repeated.amount != self.amount:
            raise Refused("LEDGER_REFERENCE_USED", reference=self.reference, amount=self.amount)


@dataclass
class Order:
    """What a customer has ordered. total is what was ordered, billable what is left of it to be paid."""

    id: str
    account_id: str
    price_book_id: str
    currency: str
    lines: tuple[OrderLine, ...]
    total: Money
    billable: Money
    invoiced: Money
    paid: Money
    refunded: Money
    quote_id: str = ""
    contact_id: str = ""
    opportunity_id: str = ""
    channel: SalesChannel = SalesChannel.ANY
    customer_reference: str = ""
    commercial_state: OrderState = OrderState.DRAFT
    fulfilment_state: FulfilmentState = FulfilmentState.UNFULFILLED
    invoice_state: InvoiceState = InvoiceState.NOT_INVOICED
    payment_state: PaymentState = PaymentState.UNPAID
    cancel_reason: OrderCancelReason | None = None
    cancel_note: str = ""
    place_time: datetime | None = None
    confirm_time: datetime | None = None
    close_time: datetime | None = None
    owner_id: str = ""
    team_id: str = ""
    business_unit_id: str = ""
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def revise(self, changes: Mapping[str, Any]) -> None:
        """Change fields by name. Refused(ORDER_OVER)."""
        self._require_going_on()
        for name, value in changes.items():
            setattr(self, name, value)

    def place(self, at: datetime) -> OrderPlaced:
        """The customer orders bindingly. Refused(ORDER_NOT_DRAFT)."""
        self._require(OrderState.DRAFT, "ORDER_NOT_DRAFT")
        self.commercial_state, self.place_time = OrderState.PLACED, at
        return OrderPlaced(
            self.id,
            self.account_id,
            self.contact_id,
            self.opportunity_id,
            self.quote_id,
            self.total,
            self.owner_id,
            at,
        )

    def confirm(self, at: datetime) -> OrderConfirmed:
        """Promise delivery. Refused(ORDER_NOT_PLACED)."""
        self._require(OrderState.PLACED, "ORDER_NOT_PLACED")
        self.commercial_state, self.confirm_time = OrderState.CONFIRMED, at
        return OrderConfirmed(self.id, self.account_id, at)

    def deliver(self, delivery: Fulfilment) -> list[OrderLineFulfilled | OrderFulfilled]:
        """Record a delivery of some units of one line.

        Refused(ORDER_NOT_CONFIRMED, MORE_THAN_ORDERED); Invalid(LINE_UNKNOWN, SERIALS_COUNT,
        SERIAL_REPEATED, SERIALS_NOT_EXPECTED).
        """
        self._require(OrderState.CONFIRMED, "ORDER_NOT_CONFIRMED")
        line = self.line(delivery.line_id)
        line.deliver(delivery.quantity, delivery.serials)
        self._settle()
        return [self._delivered(line, delivery), *self._fulfilled()]

    def take_back(self, returned: Fulfilment) -> OrderLineReturned:
        """Record that delivered units came back.

        Refused(ORDER_NOT_CONFIRMED, MORE_THAN_DELIVERED); Invalid(LINE_UNKNOWN, SERIALS_COUNT,
        SERIAL_REPEATED, SERIALS_NOT_EXPECTED).
        """
        self._require(OrderState.CONFIRMED, "ORDER_NOT_CONFIRMED")
        line = self.line(returned.line_id)
        line.take_back(returned.quantity, returned.serials)
        self._settle()
        return OrderLineReturned(
            self.id,
            returned.id,
            line.id,
            self.account_id,
            line.product_id,
            returned.quantity,
            returned.serials,
        )

    def cancel(
        self, reason: OrderCancelReason, note: str, at: datetime
    ) -> list[OrderCancelled | OrderFulfilled]:
        """Cancel what is not delivered; all of the order, if nothing is.

        Refused(ORDER_OVER, NOTHING_TO_CANCEL); Invalid(NOTE_REQUIRED).
        """
        self._require_going_on()
        if reason is OrderCancelReason.OTHER and not note.strip():
            raise Invalid("NOTE_REQUIRED", field="note")
        if not self._open_quantity():
            raise Refused("NOTHING_TO_CANCEL")
        before = self.billable
        for line in self.lines:
            line.cancel_open()
        self.cancel_reason, self.cancel_note = reason, note
        self._settle()
        whole = self.fulfilment_state is FulfilmentState.UNFULFILLED
        if whole:
            self.commercial_state, self.close_time = OrderState.CANCELLED, at
        amount = before - self.billable
        cancelled = OrderCancelled(self.id, self.account_id, reason, amount, whole)
        return [cancelled, *self._fulfilled()]

    def record(self, entry: OrderLedgerEntry) -> OrderInvoiced | OrderPaid:
        """Count an amount in. The caller sees to it that no reference counts twice.

        Refused(ORDER_NOT_BINDING, INVOICE_TOO_LARGE, CREDIT_TOO_LARGE, PAYMENT_TOO_LARGE,
        REFUND_TOO_LARGE); Invalid(CURRENCY_NOT_OF_ORDER).
        """
        self._check_entry(entry)
        match entry.kind:
            case LedgerKind.INVOICE:
                _require_at_most(entry, self.billable - self.invoiced, "INVOICE_TOO_LARGE")
                self.invoiced += entry.amount
            case LedgerKind.CREDIT_NOTE:
                _require_at_most(entry, self.invoiced, "CREDIT_TOO_LARGE")
                self.invoiced -= entry.amount
            case LedgerKind.PAYMENT:
                _require_at_most(entry, self.billable - self.balance, "PAYMENT_TOO_LARGE")
                self.paid += entry.amount
            case LedgerKind.REFUND:
                _require_at_most(entry, self.balance, "REFUND_TOO_LARGE")
                self.refunded += entry.amount
        self._settle()
        return self._recorded(entry)

    def close(self, at: datetime) -> OrderClosed:
        """Put it away when all axes are done. Refused(ORDER_NOT_CONFIRMED, ORDER_NOT_DONE)."""
        self._require(OrderState.CONFIRMED, "ORDER_NOT_CONFIRMED")
        if self._open_quantity() or not self.invoiced == self.balance == self.billable:
            raise Refused(
                "ORDER_NOT_DONE",
                open=self._open_quantity(),
                billable=self.billable,
                invoiced=self.invoiced,
                paid=self.balance,
            )
        self.commercial_state, self.close_time = OrderState.CLOSED, at
        return OrderClosed(self.id, self.account_id, at)

    def check_deletable(self) -> None:
        """Refused(ORDER_NOT_DRAFT, ORDER_FROM_QUOTE): the quote refers to the order."""
        self._require(OrderState.DRAFT, "ORDER_NOT_DRAFT")
        if self.quote_id:
            raise Refused("ORDER_FROM_QUOTE")

    def line(self, line_id: str) -> OrderLine:
        """The line with this id. Invalid(LINE_UNKNOWN)."""
        for line in self.lines:
            if line.id == line_id:
                return line
        raise Invalid("LINE_UNKNOWN", field="line_id", line_id=line_id)

    @property
    def balance(self) -> Money:
        """Payments less refunds."""
        return self.paid - self.refunded

    def _settle(self) -> None:
        """Derive what follows from the lines and the sums: billable and the three derived axes."""
        self.billable = Money.total([line.billable for line in self.lines], self.currency)
        self.fulfilment_state = axes.fulfilment_state(self.lines)
        self.invoice_state = axes.invoice_state(self.invoiced, self.billable)
        self.payment_state = axes.payment_state(self.paid, self.balance, self.billable)

    def _open_quantity(self) -> int:
        return sum(line.open_quantity for line in self.lines)

    def _require(self, state: OrderState, reason: str) -> None:
        if self.commercial_state is not state:
            raise Refused(reason, state=self.commercial_state)

    def _require_going_on(self) -> None:
        if self.commercial_state in OVER:
            raise Refused("ORDER_OVER", state=self.commercial_state)

    def _check_entry(self, entry: OrderLedgerEntry) -> None:
        """Money comes in while the order binds; it may go back after a cancellation too."""
        allowed = set(BINDING)
        if entry.kind in (LedgerKind.CREDIT_NOTE, LedgerKind.REFUND):
            allowed.add(OrderState.CANCELLED)
        if self.commercial_state not in allowed:
            raise Refused("ORDER_NOT_BINDING", state=self.commercial_state)
        if entry.amount.currency != self.currency:
            params = {"expected": self.currency, "given": entry.amount.currency}
            raise Invalid("CURRENCY_NOT_OF_ORDER", field="amount.currency", **params)

    def _fulfilled(self) -> list[OrderFulfilled]:
        if self.fulfilment_state is not FulfilmentState.FULFILLED:
            return []
        return [OrderFulfilled(self.id, self.account_id, self.opportunity_id)]

    def _delivered(self, line: OrderLine, delivery: Fulfilment) -> OrderLineFulfilled:
        return OrderLineFulfilled(
            order_id=self.id,
            fulfilment_id=delivery.id,
            line_id=line.id,
            account_id=self.account_id,
            contact_id=self.contact_id,
            product_id=line.product_id,
            product_name=line.product_name,
            product_name_zh=line.product_name_zh,
            sku=line.sku,
            quantity=delivery.quantity,
            serials=delivery.serials,
            warranty_months=line.warranty_months,
            fulfilled_time=delivery.create_time,
        )

    def _recorded(self, entry: OrderLedgerEntry) -> OrderInvoiced | OrderPaid:
        what = (self.id, self.account_id, entry.kind, entry.reference, entry.amount)
        if entry.kind in (LedgerKind.INVOICE, LedgerKind.CREDIT_NOTE):
            return OrderInvoiced(*what, self.invoiced, self.invoice_state)
        return OrderPaid(*what, self.balance, self.payment_state)


def _require_at_most(entry: OrderLedgerEntry, most: Money, reason: str) -> None:
    if entry.amount > most:
        raise Refused(reason, amount=entry.amount, most=max(most, Money.zero(most.currency)))
