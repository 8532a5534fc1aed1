"""Writing a draft: who it is for, and its lines priced by today's rules (SAL-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.app import Transaction
from chassis.money import Money
from services.sales.price_books.domain import PriceBook
from services.sales.pricing import pricer
from services.sales.quotes.amounts import QuoteLine
from services.sales.quotes.domain import Quote


@dataclass(frozen=True)
class LineWish:
    """What is asked for in a line; the rest of the line follows from it."""

    product_id: str
    quantity: int
    discount_basis_points: int = 0
    description: str = ""


def wishes_of(quote: Quote) -> list[LineWish]:
    """What the lines of a quote ask for, so that they can be priced anew."""
    return [
        LineWish(line.product_id, line.quantity, line.discount_basis_points, line.description)
        for line in quote.lines
    ]


def price_draft(tx: Transaction, quote: Quote, wishes: Sequence[LineWish]) -> None:
    """Put these wishes under the draft, priced today.

    Invalid(PRICE_BOOK_NOT_FOUND, PRODUCT_NOT_FOUND);
    Refused(PRODUCT_RETIRED, NO_LIST_PRICE, PRICE_BOOK_NOT_VALID, AMOUNT_TOO_LARGE, QUOTE_NOT_DRAFT).
    """
    book = pricer.named_book(tx, quote.price_book_id, "quote.price_book_id")
    quote.currency = book.currency
    lines = [
        _line(wish, priced)
        for wish, priced in zip(wishes, _priced(tx, quote, book, wishes), strict=True)
    ]
    quote.price(lines)


def _priced(
    tx: Transaction, quote: Quote, book: PriceBook, wishes: Sequence[LineWish]
) -> list[pricer.Priced]:
    terms = pricer.Terms(book, quote.account_id, quote.channel, tx.now.date().isoformat())
    return pricer.price_all(
        tx,
        terms,
        [
            pricer.Wish(wish.product_id, wish.quantity, f"quote.lines[{index}].product_id")
            for index, wish in enumerate(wishes)
        ],
    )


def _line(wish: LineWish, priced: pricer.Priced) -> QuoteLine:
    nothing = Money.zero(priced.price.unit_price.currency)
    return QuoteLine(
        product_id=wish.product_id,
        sku=priced.product.sku,
        product_name=priced.product.name,
        product_name_zh=priced.product.name_zh,
        quantity=wish.quantity,
        list_price=priced.price.list_price,
        unit_price=priced.price.unit_price,
        price_steps=priced.price.steps,
        amount=nothing,
        net_amount=nothing,
        discount_basis_points=wish.discount_basis_points,
        description=wish.description,
    )
