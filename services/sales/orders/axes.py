"""The four axes of an order, and how three of them follow from its lines and sums (SAL-6)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from chassis.money import Money
from services.sales.orders.lines import OrderLine


class OrderState(StrEnum):
    """The commercial axis: is the order binding, and is it over."""

    DRAFT = "draft"
    PLACED = "placed"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class FulfilmentState(StrEnum):
    """The fulfilment axis; what is cancelled does not count."""

    UNFULFILLED = "unfulfilled"
    PARTIAL = "partial"
    FULFILLED = "fulfilled"
    RETURNED = "returned"


class InvoiceState(StrEnum):
    """The invoice axis: invoiced against billable."""

    NOT_INVOICED = "not_invoiced"
    PARTIAL = "partial"
    INVOICED = "invoiced"


class PaymentState(StrEnum):
    """The payment axis: paid less refunded against billable."""

    UNPAID = "unpaid"
    PARTIAL = "partial"
    PAID = "paid"
    REFUNDED = "refunded"


class FulfilmentKind(StrEnum):
    """Which way units went."""

    DELIVERY = "delivery"
    RETURN = "return"


class LedgerKind(StrEnum):
    """What an amount in the ledger of an order is."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    PAYMENT = "payment"
    REFUND = "refund"


class OrderCancelReason(StrEnum):
    """Why what is not delivered never will be."""

    CUSTOMER = "customer"
    UNAVAILABLE = "unavailable"
    CREDIT = "credit"
    MISTAKE = "mistake"
    OTHER = "other"


def fulfilment_state(lines: Sequence[OrderLine]) -> FulfilmentState:
    """How far the lines are delivered; what is cancelled does not count."""
    fulfilled = sum(line.fulfilled_quantity for line in lines)
    if not fulfilled:
        return FulfilmentState.UNFULFILLED
    if any(line.open_quantity for line in lines):
        return FulfilmentState.PARTIAL
    if fulfilled == sum(line.returned_quantity for line in lines):
        return FulfilmentState.RETURNED
    return FulfilmentState.FULFILLED


def invoice_state(invoiced: Money, billable: Money) -> InvoiceState:
    """How much of what is billable is invoiced (invoices less credit notes)."""
    if not invoiced:
        return InvoiceState.NOT_INVOICED
    return InvoiceState.PARTIAL if invoiced < billable else InvoiceState.INVOICED


def payment_state(paid: Money, balance: Money, billable: Money) -> PaymentState:
    """How much of what is billable is paid; balance is paid less refunded."""
    if not paid:
        return PaymentState.UNPAID
    if not balance:
        return PaymentState.REFUNDED
    return PaymentState.PARTIAL if balance < billable else PaymentState.PAID
