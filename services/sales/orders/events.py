"""What orders announce; each as its message of the same name in order_events.proto says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chassis.money import Money


@dataclass(frozen=True)
class OrderPlaced:
    """A customer ordered bindingly."""

    order_id: str
    account_id: str
    contact_id: str
    opportunity_id: str
    quote_id: str
    total: Money
    owner_id: str
    place_time: datetime


@dataclass(frozen=True)
class OrderConfirmed:
    """Delivery was promised."""

    order_id: str
    account_id: str
    confirm_time: datetime


@dataclass(frozen=True)
class OrderLineFulfilled:
    """Some units of one line were delivered."""

    order_id: str
    fulfilment_id: str
    line_id: str
    account_id: str
    contact_id: str
    product_id: str
    product_name: str
    product_name_zh: str
    sku: str
    quantity: int
    serials: tuple[str, ...]
    warranty_months: int
    fulfilled_time: datetime


@dataclass(frozen=True)
class OrderLineReturned:
    """Delivered units came back."""

    order_id: str
    fulfilment_id: str
    line_id: str
    account_id: str
    product_id: str
    quantity: int
    serials: tuple[str, ...]


@dataclass(frozen=True)
class OrderFulfilled:
    """Everything that was not cancelled is delivered."""

    order_id: str
    account_id: str
    opportunity_id: str


@dataclass(frozen=True)
class OrderCancelled:
    """What was not delivered never will be; amount is what that takes off the billable amount."""

    order_id: str
    account_id: str
    cancel_reason: str
    amount: Money
    whole: bool


@dataclass(frozen=True)
class OrderInvoiced:
    """An invoice or a credit note was recorded; invoiced is the sum with it."""

    order_id: str
    account_id: str
    kind: str
    reference: str
    amount: Money
    invoiced: Money
    invoice_state: str


@dataclass(frozen=True)
class OrderPaid:
    """A payment or a refund was recorded; balance is payments less refunds with it."""

    order_id: str
    account_id: str
    kind: str
    reference: str
    amount: Money
    balance: Money
    payment_state: str


@dataclass(frozen=True)
class OrderClosed:
    """Everything is delivered, invoiced and paid."""

    order_id: str
    account_id: str
    close_time: datetime
