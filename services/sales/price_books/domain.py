"""Price books: the list prices of a region, currency and channel, for a time (SAL-4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from chassis.errors import FieldViolation, Invalid, Refused
from chassis.money import Money, minor_units


class SalesChannel(StrEnum):
    """The way by which a sale reaches the customer; ANY where a rule or a book holds for all."""

    ANY = ""
    DIRECT = "direct"
    PARTNER = "partner"
    WEB = "web"
    PHONE = "phone"


@dataclass(frozen=True)
class Validity:
    """The days from start_date (first, "" is always) to end_date (first no more, "" is for ever)."""

    start_date: str
    end_date: str

    def check(self, path: str) -> None:
        """Invalid(DATE_INVALID, DATES_REVERSED); path is where the dates are in the request."""
        check_date(self.start_date, f"{path}.start_date")
        check_date(self.end_date, f"{path}.end_date")
        if self.start_date and self.end_date and self.end_date <= self.start_date:
            raise Invalid("DATES_REVERSED", field=f"{path}.end_date", start_date=self.start_date)

    def begun(self, on_date: str) -> bool:
        """Whether the first day has come."""
        return self.start_date <= on_date

    def over(self, on_date: str) -> bool:
        """Whether the last day has passed."""
        return self.end_date != "" and self.end_date <= on_date

    def holds(self, on_date: str) -> bool:
        """Whether this day is among the days."""
        return self.begun(on_date) and not self.over(on_date)


def check_date(text: str, field: str) -> None:
    """Whether "YYYY-MM-DD" is in the calendar. Invalid(DATE_INVALID)."""
    try:
        if text:
            date.fromisoformat(text)
    except ValueError:
        raise Invalid("DATE_INVALID", field=field, date=text) from None


@dataclass
class PriceBook:
    """List prices in one currency for a region ("" is every one) and channel."""

    id: str
    name: str
    currency: str
    region: str = ""
    channel: SalesChannel = SalesChannel.ANY
    start_date: str = ""
    end_date: str = ""
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    @property
    def validity(self) -> Validity:
        return Validity(self.start_date, self.end_date)

    def open(self) -> None:
        """Check a new book. Invalid(CURRENCY_UNKNOWN, DATE_INVALID, DATES_REVERSED)."""
        minor_units(self.currency)
        self.validity.check("price_book")

    def revise(self, changes: dict[str, Any]) -> None:
        """Change fields by name. Invalid(DATE_INVALID, DATES_REVERSED)."""
        for name, value in changes.items():
            setattr(self, name, value)
        self.validity.check("price_book")

    def require_valid(self, on_date: str) -> None:
        """Refused(PRICE_BOOK_NOT_VALID) on a day on which it does not hold."""
        if not self.validity.holds(on_date):
            raise Refused("PRICE_BOOK_NOT_VALID", price_book_id=self.id, date=on_date)


@dataclass(frozen=True)
class PriceBookEntry:
    """The list price of one unit of a product, net of tax."""

    product_id: str
    list_price: Money


def choose_book(
    books: Iterable[PriceBook],
    *,
    region: str,
    currency: str,
    channel: SalesChannel,
    on_date: str,
) -> PriceBook:
    """The book that fits best: of the region before one of all regions, of the channel before one of
    all channels, then the one that began last, then the one made last.

    Refused(NO_PRICE_BOOK) if none fits.
    """
    fitting = [
        book
        for book in books
        if book.currency == currency
        and book.region in ("", region)
        and book.channel in (SalesChannel.ANY, channel)
        and book.validity.holds(on_date)
    ]
    if not fitting:
        raise Refused("NO_PRICE_BOOK", currency=currency, date=on_date)
    return max(
        fitting, key=lambda b: (b.region != "", b.channel != SalesChannel.ANY, b.start_date, b.id)
    )


def check_entries(book: PriceBook, entries: Sequence[PriceBookEntry], known: set[str]) -> None:
    """Whether these entries can be written to the book; known are the ids of products there are.

    Errors: Invalid with a violation for each entry of an unknown product, a product that came before,
    or another currency.
    """
    violations = []
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        path = f"entries[{index}]"
        if entry.product_id not in known:
            params = {"product_id": entry.product_id}
            violations.append(FieldViolation(f"{path}.product_id", "PRODUCT_NOT_FOUND", params))
        if entry.product_id in seen:
            params = {"product_id": entry.product_id}
            violations.append(FieldViolation(f"{path}.product_id", "PRODUCT_REPEATED", params))
        if entry.list_price.currency != book.currency:
            params = {"expected": book.currency, "given": entry.list_price.currency}
            field = f"{path}.list_price.currency"
            violations.append(FieldViolation(field, "CURRENCY_NOT_OF_BOOK", params))
        seen.add(entry.product_id)
    if violations:
        raise Invalid.fields(violations)
