"""Price books and their entries through real gRPC (SAL-4)."""

from __future__ import annotations

from meridian.sales.v1 import channel_pb2, price_book_service_pb2

from chassis.errors import Invalid, NotFound, Refused
from tests.component.sales.catalogue import PRICE_BOOKS, list_prices, price_book, product
from tests.component.sales.people import every, refusal_of
from tests.running import Caller, RunningService


def prices(caller: Caller, book_id: str, **query: object) -> list[int]:
    request = price_book_service_pb2.ListPriceBookEntriesRequest
    ask = caller.call(PRICE_BOOKS).ListPriceBookEntries
    return [
        entry.list_price.amount_minor
        for entry in every(ask, request, price_book_id=book_id, **query)
    ]


def test_a_book_is_opened_read_changed_and_removed(sales: RunningService, anna: Caller) -> None:
    books = anna.call(PRICE_BOOKS)
    made = price_book(anna, region="emea", channel=channel_pb2.SALES_CHANNEL_WEB)

    assert made.id.startswith("book_na_")
    assert books.GetPriceBook(price_book_service_pb2.GetPriceBookRequest(id=made.id)) == made
    change = price_book_service_pb2.UpdatePriceBookRequest(
        price_book={"id": made.id, "end_date": "2027-01-01"}, update_mask={"paths": ["end_date"]}
    )
    assert books.UpdatePriceBook(change).end_date == "2027-01-01"
    books.DeletePriceBook(price_book_service_pb2.DeletePriceBookRequest(id=made.id, etag="2"))
    assert sales.table("price_books") == []


def test_the_currency_of_a_book_stays(anna: Caller) -> None:
    made = price_book(anna)
    change = price_book_service_pb2.UpdatePriceBookRequest(
        price_book={"id": made.id, "currency": "USD"}, update_mask={"paths": ["currency"]}
    )
    refusal = refusal_of(lambda: anna.call(PRICE_BOOKS).UpdatePriceBook(change))
    assert refusal.reason == "FIELD_NOT_UPDATABLE"
    assert refusal_of(lambda: price_book(anna, currency="XXX")).reason == "CURRENCY_UNKNOWN"


def test_many_prices_are_written_at_once(sales: RunningService, anna: Caller) -> None:
    book = price_book(anna).id
    first, second, third = (product(anna, sku).id for sku in "ABC")

    written = list_prices(anna, book, **{first: 100, second: 200})
    assert (written.created, written.changed, written.unchanged) == (2, 0, 0)
    written = list_prices(anna, book, **{first: 100, second: 250, third: 300})
    assert (written.created, written.changed, written.unchanged) == (1, 1, 1)
    assert prices(anna, book, page_size=2) == [100, 250, 300]
    assert prices(anna, book, order_by="list_price_minor desc") == [300, 250, 100]
    assert prices(anna, book, filter="list_price_minor >= 250") == [250, 300]


def test_one_wrong_entry_spoils_all(sales: RunningService, anna: Caller) -> None:
    book = price_book(anna).id
    known = product(anna, "A").id
    entry = {"product_id": known, "list_price": {"amount_minor": 1, "currency": "EUR"}}
    foreign = entry | {"list_price": {"amount_minor": 1, "currency": "USD"}}
    unknown = entry | {"product_id": "prod_na_none"}
    request = price_book_service_pb2.UpsertPriceBookEntriesRequest(
        price_book_id=book, entries=[entry, unknown, foreign]
    )

    refusal = refusal_of(lambda: anna.call(PRICE_BOOKS).UpsertPriceBookEntries(request))

    assert isinstance(refusal, Invalid)
    assert [(v.field, v.reason) for v in refusal.violations] == [
        ("entries[1].product_id", "PRODUCT_NOT_FOUND"),
        ("entries[2].product_id", "PRODUCT_REPEATED"),
        ("entries[2].list_price.currency", "CURRENCY_NOT_OF_BOOK"),
    ]
    assert sales.table("price_book_entries") == []
    negative = refusal_of(lambda: list_prices(anna, book, **{known: -1}))
    assert isinstance(negative, Invalid)
    assert [v.field for v in negative.violations] == ["entries[0].list_price"]


def test_a_book_with_entries_is_not_removed(sales: RunningService, anna: Caller) -> None:
    book = price_book(anna).id
    listed = product(anna, "A").id
    list_prices(anna, book, **{listed: 100})
    books = anna.call(PRICE_BOOKS)
    delete = price_book_service_pb2.DeletePriceBookRequest(id=book)
    take_out = price_book_service_pb2.DeletePriceBookEntryRequest(
        price_book_id=book, product_id=listed
    )

    refusal = refusal_of(lambda: books.DeletePriceBook(delete))
    assert isinstance(refusal, Refused)
    assert refusal.reason == "PRICE_BOOK_NOT_EMPTY"
    books.DeletePriceBookEntry(take_out)
    assert isinstance(refusal_of(lambda: books.DeletePriceBookEntry(take_out)), NotFound)
    books.DeletePriceBook(delete)
    assert sales.table("price_books") == []


def test_lists_filter_and_order(anna: Caller) -> None:
    for name, currency in [("b", "EUR"), ("a", "EUR"), ("c", "USD")]:
        price_book(anna, name=name, currency=currency)

    def names(**query: object) -> list[str]:
        ask = anna.call(PRICE_BOOKS).ListPriceBooks
        request = price_book_service_pb2.ListPriceBooksRequest
        return [book.name for book in every(ask, request, **query)]

    assert names(page_size=1) == ["a", "b", "c"]
    assert names(filter='currency = "EUR"', order_by="name desc") == ["b", "a"]
