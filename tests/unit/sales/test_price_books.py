"""Price books: when they hold, which one is chosen, what may be written into one."""

from __future__ import annotations

import itertools

import pytest

from chassis.errors import Invalid, Refused
from chassis.money import Money
from services.sales.price_books.domain import (
    PriceBook,
    PriceBookEntry,
    SalesChannel,
    Validity,
    check_entries,
    choose_book,
)


def book(book_id: str, **changes: object) -> PriceBook:
    fields = {"id": book_id, "name": book_id, "currency": "EUR"}
    return PriceBook(**(fields | changes))  # type: ignore[arg-type]


def choose(books: list[PriceBook]) -> str:
    return choose_book(
        books, region="emea", currency="EUR", channel=SalesChannel.WEB, on_date="2026-06-01"
    ).id


def test_the_end_date_is_the_first_day_that_no_longer_counts() -> None:
    validity = Validity("2026-01-01", "2026-02-01")
    days = ["2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01"]
    assert [validity.holds(day) for day in days] == [False, True, True, False]
    assert Validity("", "").holds("2026-01-01")


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        ("2026-02-30", "", "DATE_INVALID"),
        ("", "2026-13-01", "DATE_INVALID"),
        ("2026-02-01", "2026-02-01", "DATES_REVERSED"),
        ("2026-02-02", "2026-02-01", "DATES_REVERSED"),
    ],
)
def test_dates_must_make_sense(start: str, end: str, reason: str) -> None:
    with pytest.raises(Invalid) as refusal:
        book("b", start_date=start, end_date=end).open()
    assert refusal.value.reason == reason


def test_the_currency_must_exist() -> None:
    with pytest.raises(Invalid) as refusal:
        book("b", currency="XXX").open()
    assert refusal.value.reason == "CURRENCY_UNKNOWN"


def test_the_nearest_book_is_chosen_in_whatever_order_they_come() -> None:
    everywhere = book("a")
    web = book("b", channel=SalesChannel.WEB)
    region = book("c", region="emea")
    region_web = book("d", region="emea", channel=SalesChannel.WEB)
    newer = book("e", region="emea", channel=SalesChannel.WEB, start_date="2026-05-01")
    foreign = [
        book("f", region="apac"),
        book("g", currency="USD"),
        book("h", channel=SalesChannel.PARTNER),
        book("i", end_date="2026-06-01"),
        book("j", start_date="2026-06-02"),
    ]
    ranking = [everywhere, web, region, region_web, newer]
    for count in range(1, 6):
        for order in itertools.permutations(ranking[:count]):
            assert choose([*foreign, *order]) == ranking[count - 1].id
    with pytest.raises(Refused) as refusal:
        choose(foreign)
    assert refusal.value.reason == "NO_PRICE_BOOK"


def test_every_wrong_entry_is_named() -> None:
    entries = [
        PriceBookEntry("prod_1", Money(100, "EUR")),
        PriceBookEntry("prod_9", Money(100, "EUR")),
        PriceBookEntry("prod_1", Money(100, "USD")),
    ]
    with pytest.raises(Invalid) as refusal:
        check_entries(book("b"), entries, {"prod_1"})
    assert [(v.field, v.reason) for v in refusal.value.violations] == [
        ("entries[1].product_id", "PRODUCT_NOT_FOUND"),
        ("entries[2].product_id", "PRODUCT_REPEATED"),
        ("entries[2].list_price.currency", "CURRENCY_NOT_OF_BOOK"),
    ]
