"""Making an order: out of an accepted quote, or out of lines priced by today's rules (SAL-6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.app import Transaction
from chassis.errors import AlreadyExists, Invalid, Refused
from chassis.money import Money
from services.sales.orders.domain import Order
from services.sales.orders.lines import OrderLine
from services.sales.price_books.domain import SalesChannel
from services.sales.pricing import pricer
from services.sales.products import store as products
from services.sales.products.domain import Product
from services.sales.quotes import store as quotes
from services.sales.quotes.amounts import HIGHEST_TOTAL, QuoteLine


def from_quote(tx: Transaction, quote_id: str, customer_reference: str) -> Order:
    """The order that carries out an accepted quote; notes it in the quote, so that there is only one.

    Invalid(QUOTE_NOT_FOUND); Refused(QUOTE_NOT_ACCEPTED); AlreadyExists(QUOTE_ORDERED).
    """
    quote = quotes.find(tx.seeing("sales.quotes.read"), quote_id)
    if quote is None:
        raise Invalid("QUOTE_NOT_FOUND", field="order.quote_id", quote_id=quote_id)
    if quote.order_id:
        raise AlreadyExists("QUOTE_ORDERED", order_id=quote.order_id)
    order_id = tx.new_id("order")
    quote.order(order_id)
    quotes.save(tx, quote)
    known = products.find(tx, [line.product_id for line in quote.lines])
    lines = tuple(_quoted(tx, line, known) for line in quote.lines)
    return Order(
        id=order_id,
        quote_id=quote.id,
        account_id=quote.account_id,
        contact_id=quote.contact_id,
        opportunity_id=quote.opportunity_id,
        price_book_id=quote.price_book_id,
        channel=quote.channel,
        customer_reference=customer_reference or quote.acceptance_reference[:100],
        lines=lines,
        owner_id=quote.owner_id,
        team_id=quote.team_id,
        business_unit_id=quote.business_unit_id,
        **_sums(lines, quote.currency),
    )


def from_lines(
    tx: Transaction,
    wishes: Sequence[pricer.Wish],
    *,
    account_id: str,
    price_book_id: str,
    channel: SalesChannel,
) -> Order:
    """An order of so many units of some products, each at the price of today's rules.

    Invalid(ORDER_EMPTY, PRICE_BOOK_NOT_FOUND, PRODUCT_NOT_FOUND);
    Refused(PRODUCT_RETIRED, NO_LIST_PRICE, PRICE_BOOK_NOT_VALID, AMOUNT_TOO_LARGE).
    """
    if not wishes:
        raise Invalid("ORDER_EMPTY", field="order.lines")
    book = pricer.named_book(tx, price_book_id, "order.price_book_id")
    terms = pricer.Terms(book, account_id, channel, tx.now.date().isoformat())
    lines = tuple(_priced(tx, priced) for priced in pricer.price_all(tx, terms, wishes))
    sums = _sums(lines, book.currency)
    if sums["total"].amount_minor > HIGHEST_TOTAL:
        highest = Money(HIGHEST_TOTAL, book.currency)
        raise Refused("AMOUNT_TOO_LARGE", total=sums["total"], highest=highest)
    return Order(
        id=tx.new_id("order"),
        account_id=account_id,
        price_book_id=price_book_id,
        channel=channel,
        lines=lines,
        **sums,
    )


def _quoted(tx: Transaction, line: QuoteLine, known: Mapping[str, Product]) -> OrderLine:
    product = known[line.product_id]
    return OrderLine(
        id=tx.new_id("line"),
        product_id=line.product_id,
        sku=line.sku,
        product_name=line.product_name,
        product_name_zh=line.product_name_zh,
        serial_tracked=product.serial_tracked,
        warranty_months=product.warranty_months,
        quantity=line.quantity,
        unit_price=line.unit_price,
        price_steps=line.price_steps,
        amount=line.net_amount,
    )


def _priced(tx: Transaction, priced: pricer.Priced) -> OrderLine:
    return OrderLine(
        id=tx.new_id("line"),
        product_id=priced.product.id,
        sku=priced.product.sku,
        product_name=priced.product.name,
        product_name_zh=priced.product.name_zh,
        serial_tracked=priced.product.serial_tracked,
        warranty_months=priced.product.warranty_months,
        quantity=priced.quantity,
        unit_price=priced.price.unit_price,
        price_steps=priced.price.steps,
        amount=priced.price.unit_price.times(priced.quantity),
    )


def _sums(lines: Sequence[OrderLine], currency: str) -> dict[str, Any]:
    total = Money.total([line.amount for line in lines], currency)
    nothing = Money.zero(currency)
    return {
        "currency": currency,
        "total": total,
        "billable": total,
        "invoiced": nothing,
        "paid": nothing,
        "refunded": nothing,
    }
