"""Words in which the tests of sales ask for products, prices, quotes and orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from meridian.sales.v1 import (
    order_pb2,
    order_service_pb2,
    price_book_pb2,
    price_book_service_pb2,
    price_rule_pb2,
    price_rule_service_pb2,
    price_service_pb2,
    product_pb2,
    product_service_pb2,
    quote_pb2,
    quote_service_pb2,
)

from tests.component.sales.people import account
from tests.running import Caller, RunningService

PRODUCTS = product_service_pb2.DESCRIPTOR.services_by_name["ProductService"]
PRICE_BOOKS = price_book_service_pb2.DESCRIPTOR.services_by_name["PriceBookService"]
PRICE_RULES = price_rule_service_pb2.DESCRIPTOR.services_by_name["PriceRuleService"]
PRICES = price_service_pb2.DESCRIPTOR.services_by_name["PriceService"]
QUOTES = quote_service_pb2.DESCRIPTOR.services_by_name["QuoteService"]
LIMITS = quote_service_pb2.DESCRIPTOR.services_by_name["DiscountLimitService"]
ORDERS = order_service_pb2.DESCRIPTOR.services_by_name["OrderService"]

NEXT_MONTH = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()


def euros(cents: int) -> dict[str, Any]:
    """So many euro cents."""
    return {"amount_minor": cents, "currency": "EUR"}


def product(caller: Caller, sku: str, **fields: Any) -> product_pb2.Product:
    """Put goods on offer."""
    values = {
        "sku": sku,
        "name": f"Product {sku}",
        "product_line": "storage",
        "unit": "piece",
        "kind": product_pb2.PRODUCT_KIND_GOODS,
    }
    request = product_service_pb2.CreateProductRequest(product=values | fields)
    made: product_pb2.Product = caller.call(PRODUCTS).CreateProduct(request)
    return made


def price_book(caller: Caller, **fields: Any) -> price_book_pb2.PriceBook:
    """Open a price book in euros."""
    request = price_book_service_pb2.CreatePriceBookRequest(
        price_book={"name": "List", "currency": "EUR"} | fields
    )
    made: price_book_pb2.PriceBook = caller.call(PRICE_BOOKS).CreatePriceBook(request)
    return made


def list_prices(caller: Caller, book_id: str, **cents: int) -> Any:
    """Write list prices into a book, by product id."""
    entries = [{"product_id": each, "list_price": euros(price)} for each, price in cents.items()]
    request = price_book_service_pb2.UpsertPriceBookEntriesRequest(
        price_book_id=book_id, entries=entries
    )
    return caller.call(PRICE_BOOKS).UpsertPriceBookEntries(request)


def price_rule(caller: Caller, **fields: Any) -> price_rule_pb2.PriceRule:
    """Lay down a rule: 10 % off, if nothing else is said."""
    values = {
        "name": "Autumn",
        "kind": price_rule_pb2.PRICE_RULE_KIND_PERCENT,
        "discount_basis_points": 1000,
        "stacking": price_rule_pb2.STACKING_POLICY_STACKABLE,
    }
    request = price_rule_service_pb2.CreatePriceRuleRequest(price_rule=values | fields)
    made: price_rule_pb2.PriceRule = caller.call(PRICE_RULES).CreatePriceRule(request)
    return made


@dataclass(frozen=True)
class Shop:
    """A customer, and a book that lists an array (with serial numbers) at 1000.00 and a cable at 9.99."""

    account_id: str
    book_id: str
    array_id: str
    cable_id: str


def shop(caller: Caller) -> Shop:
    """Set up a shop."""
    book = price_book(caller).id
    array = product(caller, "ARRAY", serial_tracked=True, warranty_months=24).id
    cable = product(caller, "CABLE").id
    list_prices(caller, book, **{array: 100_000, cable: 999})
    return Shop(account(caller).id, book, array, cable)


def quote(caller: Caller, of: Shop, **fields: Any) -> quote_pb2.Quote:
    """Draft an offer of one array, if nothing else is said."""
    values = {
        "account_id": of.account_id,
        "price_book_id": of.book_id,
        "valid_until_date": NEXT_MONTH,
        "lines": [{"product_id": of.array_id, "quantity": 1}],
    }
    request = quote_service_pb2.CreateQuoteRequest(quote=values | fields)
    made: quote_pb2.Quote = caller.call(QUOTES).CreateQuote(request)
    return made


def sent_quote(caller: Caller, of: Shop, **fields: Any) -> quote_pb2.Quote:
    """An offer that the customer has."""
    draft = quote(caller, of, **fields)
    quotes = caller.call(QUOTES)
    quotes.SubmitQuote(quote_service_pb2.SubmitQuoteRequest(id=draft.id))
    sent: quote_pb2.Quote = quotes.SendQuote(quote_service_pb2.SendQuoteRequest(id=draft.id))
    return sent


def accepted_quote(caller: Caller, of: Shop, **fields: Any) -> quote_pb2.Quote:
    """An offer that the customer took."""
    offer = sent_quote(caller, of, **fields)
    request = quote_service_pb2.AcceptQuoteRequest(id=offer.id, acceptance_reference="PO 4711")
    accepted: quote_pb2.Quote = caller.call(QUOTES).AcceptQuote(request)
    return accepted


def order(caller: Caller, **fields: Any) -> order_pb2.Order:
    """Draft an order."""
    request = order_service_pb2.CreateOrderRequest(order=fields)
    made: order_pb2.Order = caller.call(ORDERS).CreateOrder(request)
    return made


def confirmed_order(caller: Caller, of: Shop) -> order_pb2.Order:
    """A confirmed order of two arrays and ten cables."""
    draft = order(
        caller,
        account_id=of.account_id,
        price_book_id=of.book_id,
        lines=[
            {"product_id": of.array_id, "quantity": 2},
            {"product_id": of.cable_id, "quantity": 10},
        ],
    )
    orders = caller.call(ORDERS)
    orders.PlaceOrder(order_service_pb2.PlaceOrderRequest(id=draft.id))
    confirmed: order_pb2.Order = orders.ConfirmOrder(
        order_service_pb2.ConfirmOrderRequest(id=draft.id)
    )
    return confirmed


def quote_states(sales: RunningService) -> list[str]:
    """The states of all quotes, by revision."""
    rows = sorted(sales.table("quotes"), key=lambda row: row["revision"])
    return [row["state"] for row in rows]
