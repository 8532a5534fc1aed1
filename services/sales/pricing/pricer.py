"""Pricing what somebody wants to buy, out of the catalogue, a price book and the price rules (SAL-4).

Quotes, orders and ExplainPrice all ask here, so that the same wish has the same price everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.app import Transaction
from chassis.errors import Invalid, Refused
from chassis.money import Money
from services.sales.price_books import store as price_books
from services.sales.price_books.domain import PriceBook, SalesChannel
from services.sales.pricing import store
from services.sales.pricing.domain import Price, PriceQuestion, PriceRule, explain
from services.sales.products import store as products
from services.sales.products.domain import Product


@dataclass(frozen=True)
class Terms:
    """For whom, from which book, by which way and on which day ("YYYY-MM-DD") is priced."""

    book: PriceBook
    account_id: str
    channel: SalesChannel
    on_date: str


@dataclass(frozen=True)
class Wish:
    """So many units of a product; field is where the request names the product."""

    product_id: str
    quantity: int
    field: str


@dataclass(frozen=True)
class Priced:
    """A product with the price of one unit."""

    product: Product
    quantity: int
    price: Price


def named_book(tx: Transaction, book_id: str, field: str) -> PriceBook:
    """The book that a request names. Invalid(PRICE_BOOK_NOT_FOUND)."""
    book = price_books.find(tx, book_id)
    if book is None:
        raise Invalid("PRICE_BOOK_NOT_FOUND", field=field, price_book_id=book_id)
    return book


def price_all(tx: Transaction, terms: Terms, wishes: Sequence[Wish]) -> list[Priced]:
    """Every wish with its price.

    Invalid(PRODUCT_NOT_FOUND); Refused(PRICE_BOOK_NOT_VALID, PRODUCT_RETIRED, NO_LIST_PRICE).
    """
    terms.book.require_valid(terms.on_date)
    known = products.find(tx, [wish.product_id for wish in wishes])
    for wish in wishes:
        _require_on_offer(known, wish)
    listed = price_books.list_prices(tx, terms.book.id, known)
    rules = store.candidates(tx, known, terms.account_id)
    return [_priced(terms, known[wish.product_id], wish.quantity, listed, rules) for wish in wishes]


def _require_on_offer(known: dict[str, Product], wish: Wish) -> None:
    if wish.product_id not in known:
        raise Invalid("PRODUCT_NOT_FOUND", field=wish.field, product_id=wish.product_id)
    known[wish.product_id].require_active()


def _priced(
    terms: Terms,
    product: Product,
    quantity: int,
    listed: Mapping[str, Money],
    rules: Sequence[PriceRule],
) -> Priced:
    if product.id not in listed:
        raise Refused("NO_LIST_PRICE", sku=product.sku, price_book_id=terms.book.id)
    question = PriceQuestion(
        product_id=product.id,
        product_line=product.product_line,
        price_book_id=terms.book.id,
        channel=terms.channel,
        account_id=terms.account_id,
        quantity=quantity,
        on_date=terms.on_date,
        list_price=listed[product.id],
    )
    relevant = [rule for rule in rules if rule.product_id in ("", product.id)]
    return Priced(product, quantity, explain(question, relevant))
