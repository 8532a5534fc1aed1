"""Orders in the database: the order with its lines, deliveries, serial numbers and the ledger."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, LongText, UtcDateTime, text_type
from chassis.errors import AlreadyExists, Refused
from chassis.listing import Listing
from chassis.records.rows import from_row, to_row
from services.sales.orders.domain import Fulfilment, Order, OrderLedgerEntry
from services.sales.orders.lines import OrderLine
from services.sales.tables import metadata

orders = tables.record_table(
    "orders",
    metadata,
    sa.Column("quote_id", Id, nullable=False),
    sa.Column("account_id", Id, nullable=False),
    sa.Column("contact_id", Id, nullable=False),
    sa.Column("opportunity_id", Id, nullable=False),
    sa.Column("price_book_id", Id, nullable=False),
    sa.Column("channel", Id, nullable=False, info={"enum_prefix": "SALES_CHANNEL_"}),
    sa.Column("customer_reference", text_type(100), nullable=False),
    sa.Column("lines", Json, nullable=False),
    sa.Column("currency", Id, nullable=False),
    sa.Column("total_minor", sa.BigInteger, nullable=False),
    sa.Column("total_currency", Id, nullable=False),
    sa.Column("billable_minor", sa.BigInteger, nullable=False),
    sa.Column("billable_currency", Id, nullable=False),
    sa.Column("invoiced_minor", sa.BigInteger, nullable=False),
    sa.Column("invoiced_currency", Id, nullable=False),
    sa.Column("paid_minor", sa.BigInteger, nullable=False),
    sa.Column("paid_currency", Id, nullable=False),
    sa.Column("refunded_minor", sa.BigInteger, nullable=False),
    sa.Column("refunded_currency", Id, nullable=False),
    sa.Column("commercial_state", Id, nullable=False, info={"enum_prefix": "ORDER_STATE_"}),
    sa.Column("fulfilment_state", Id, nullable=False, info={"enum_prefix": "FULFILMENT_STATE_"}),
    sa.Column("invoice_state", Id, nullable=False, info={"enum_prefix": "INVOICE_STATE_"}),
    sa.Column("payment_state", Id, nullable=False, info={"enum_prefix": "PAYMENT_STATE_"}),
    sa.Column("cancel_reason", Id, info={"enum_prefix": "ORDER_CANCEL_REASON_"}),
    sa.Column("cancel_note", LongText, nullable=False),
    sa.Column("place_time", UtcDateTime),
    sa.Column("confirm_time", UtcDateTime),
    sa.Column("close_time", UtcDateTime),
    *tables.ownership(),
    sa.Index("ix_orders_create_time", "create_time", "id"),
    sa.Index("ix_orders_owner_id", "owner_id", "create_time"),
    sa.Index("ix_orders_account_id", "account_id", "create_time"),
    sa.Index("ix_orders_opportunity_id", "opportunity_id", "create_time"),
    sa.Index("ix_orders_quote_id", "quote_id"),
    sa.Index("ix_orders_commercial_state", "commercial_state", "create_time"),
)

fulfilments = sa.Table(
    "fulfilments",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("order_id", Id, nullable=False),
    sa.Column("line_id", Id, nullable=False),
    sa.Column("kind", Id, nullable=False, info={"enum_prefix": "FULFILMENT_KIND_"}),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("serials", Json, nullable=False),
    sa.Column("note", LongText, nullable=False),
    sa.Column("actor_id", Id, nullable=False),
    sa.Column("create_time", UtcDateTime, nullable=False),
    sa.Index("ix_fulfilments_order_id", "order_id", "create_time"),
)

#: Which pieces are with customers now; one that came back is taken out and may be sold again.
delivered_serials = sa.Table(
    "delivered_serials",
    metadata,
    sa.Column("product_id", Id, primary_key=True),
    sa.Column("serial", Id, primary_key=True),
    sa.Column("order_id", Id, nullable=False),
    sa.Column("line_id", Id, nullable=False),
)

order_ledger_entries = sa.Table(
    "order_ledger_entries",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("order_id", Id, nullable=False),
    sa.Column("kind", Id, nullable=False, info={"enum_prefix": "LEDGER_KIND_"}),
    sa.Column("reference", text_type(100), nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("amount_currency", Id, nullable=False),
    sa.Column("actor_id", Id, nullable=False),
    sa.Column("create_time", UtcDateTime, nullable=False),
    sa.UniqueConstraint("order_id", "kind", "reference"),
)

LISTING = Listing(
    orders,
    fields=(
        "quote_id",
        "account_id",
        "contact_id",
        "opportunity_id",
        "price_book_id",
        "channel",
        "customer_reference",
        "currency",
        "total_minor",
        "billable_minor",
        "invoiced_minor",
        "paid_minor",
        "commercial_state",
        "fulfilment_state",
        "invoice_state",
        "payment_state",
        "cancel_reason",
        "place_time",
        "owner_id",
        "team_id",
        "business_unit_id",
        "create_time",
        "update_time",
    ),
    default_order="create_time desc",
)

FULFILMENTS = Listing(
    fulfilments,
    fields=("line_id", "kind", "quantity", "actor_id", "create_time"),
    default_order="create_time",
)

LEDGER = Listing(
    order_ledger_entries,
    fields=("kind", "reference", "amount_minor", "actor_id", "create_time"),
    default_order="create_time",
)


def get(tx: Transaction, order_id: str, etag: str = "") -> Order:
    """An order that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, orders, Order, order_id, etag=etag)


def add(tx: Transaction, order: Order) -> None:
    """Write a new order."""
    tables.insert(tx, orders, order)


def save(tx: Transaction, order: Order) -> None:
    """Write a changed order. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, orders, order)


def remove(tx: Transaction, order: Order) -> None:
    """Delete an order. Errors: CONCURRENT_CHANGE."""
    tables.delete(tx, orders, order)


def deliver(tx: Transaction, line: OrderLine, delivery: Fulfilment) -> None:
    """Write a delivery; its serials are with the customer now. Errors: SERIAL_TAKEN."""
    rows = [
        {
            "product_id": line.product_id,
            "serial": serial,
            "order_id": delivery.order_id,
            "line_id": delivery.line_id,
        }
        for serial in delivery.serials
    ]
    try:
        if rows:
            tx.execute(sa.insert(delivered_serials), rows)
    except sa.exc.IntegrityError:
        raise AlreadyExists("SERIAL_TAKEN", sku=line.sku) from None
    tx.execute(sa.insert(fulfilments), to_row(delivery))


def take_back(tx: Transaction, line: OrderLine, returned: Fulfilment) -> None:
    """Write a return; its serials are free again. Refused(SERIAL_NOT_DELIVERED)."""
    if returned.serials:
        gone = tx.execute(
            sa.delete(delivered_serials).where(
                delivered_serials.c.product_id == line.product_id,
                delivered_serials.c.order_id == returned.order_id,
                delivered_serials.c.line_id == returned.line_id,
                delivered_serials.c.serial.in_(returned.serials),
            )
        )
        if gone.rowcount != len(returned.serials):
            raise Refused("SERIAL_NOT_DELIVERED", sku=line.sku)
    tx.execute(sa.insert(fulfilments), to_row(returned))


def recorded(tx: Transaction, entry: OrderLedgerEntry) -> OrderLedgerEntry | None:
    """The entry of this order that has the same kind and reference already, if any."""
    row = tx.execute(
        sa.select(order_ledger_entries).where(
            order_ledger_entries.c.order_id == entry.order_id,
            order_ledger_entries.c.kind == entry.kind,
            order_ledger_entries.c.reference == entry.reference,
        )
    ).one_or_none()
    return None if row is None else from_row(OrderLedgerEntry, row)


def record(tx: Transaction, entry: OrderLedgerEntry) -> None:
    """Write an amount into the ledger of its order; the order must be saved first, so that two at
    once cannot both be."""
    tx.execute(sa.insert(order_ledger_entries), to_row(entry))
