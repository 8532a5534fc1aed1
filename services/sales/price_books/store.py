"""Price books and their entries in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, UtcDateTime, text_type
from chassis.errors import NotFound, Refused
from chassis.listing import Listing
from chassis.mirror import changes
from chassis.money import Money
from chassis.records.rows import from_row
from services.sales.price_books.domain import PriceBook, PriceBookEntry
from services.sales.tables import metadata

price_books = tables.record_table(
    "price_books",
    metadata,
    sa.Column("name", text_type(200), nullable=False),
    sa.Column("region", Id, nullable=False),
    sa.Column("currency", Id, nullable=False),
    sa.Column("channel", Id, nullable=False, info={"enum_prefix": "SALES_CHANNEL_"}),
    sa.Column("start_date", Id, nullable=False),
    sa.Column("end_date", Id, nullable=False),
    sa.Index("ix_price_books_create_time", "create_time", "id"),
    sa.Index("ix_price_books_currency", "currency", "region"),
)

price_book_entries = sa.Table(
    "price_book_entries",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("price_book_id", Id, nullable=False),
    sa.Column("product_id", Id, nullable=False),
    sa.Column("list_price_minor", sa.BigInteger, nullable=False),
    sa.Column("list_price_currency", Id, nullable=False),
    sa.Column("update_time", UtcDateTime, nullable=False),
    sa.UniqueConstraint("price_book_id", "product_id"),
)

LISTING = Listing(
    price_books,
    fields=(
        "name",
        "region",
        "currency",
        "channel",
        "start_date",
        "end_date",
        "create_time",
        "update_time",
    ),
    default_order="name",
)

ENTRIES = Listing(
    price_book_entries,
    fields=("product_id", "list_price_minor", "update_time"),
    default_order="product_id",
)


@dataclass(frozen=True)
class Upserted:
    """How many entries a bulk write found new, different and the same."""

    created: int
    changed: int
    unchanged: int


def get(tx: Transaction, book_id: str, etag: str = "") -> PriceBook:
    """A price book. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, price_books, PriceBook, book_id, etag=etag)


def find(tx: Transaction, book_id: str) -> PriceBook | None:
    """A price book if it exists; whoever asks, since offers name it."""
    row = tx.execute(sa.select(price_books).where(price_books.c.id == book_id)).one_or_none()
    return None if row is None else from_row(PriceBook, row)


def in_currency(tx: Transaction, currency: str) -> list[PriceBook]:
    """All books of a currency."""
    rows = tx.execute(sa.select(price_books).where(price_books.c.currency == currency))
    return [from_row(PriceBook, row) for row in rows]


def add(tx: Transaction, book: PriceBook) -> None:
    """Write a new price book."""
    tables.insert(tx, price_books, book)


def save(tx: Transaction, book: PriceBook) -> None:
    """Write a changed price book. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, price_books, book)


def remove(tx: Transaction, book: PriceBook) -> None:
    """Delete a price book without entries. Errors: CONCURRENT_CHANGE; Refused(PRICE_BOOK_NOT_EMPTY)."""
    hold(tx, book.id)
    of_book = price_book_entries.c.price_book_id == book.id
    if tx.execute(sa.select(price_book_entries.c.id).where(of_book).limit(1)).first():
        raise Refused("PRICE_BOOK_NOT_EMPTY")
    tables.delete(tx, price_books, book)


def hold(tx: Transaction, book_id: str) -> None:
    """Let nobody else write the entries of this book until this transaction ends."""
    tx.execute(sa.select(price_books.c.id).where(price_books.c.id == book_id).with_for_update())


def list_prices(tx: Transaction, book_id: str, product_ids: Iterable[str]) -> dict[str, Money]:
    """The list prices of those of these products that the book lists, by product id."""
    rows = _entries(tx, book_id, product_ids)
    return {product_id: _price(row) for product_id, row in rows.items()}


def upsert(tx: Transaction, book_id: str, entries: Sequence[PriceBookEntry]) -> Upserted:
    """Write these list prices, each product once; the book must be held."""
    known = _entries(tx, book_id, [entry.product_id for entry in entries])
    created = {tx.new_id("entry"): entry for entry in entries if entry.product_id not in known}
    changed = {
        row.id: entry
        for entry in entries
        if (row := known.get(entry.product_id)) and _price(row) != entry.list_price
    }
    changes.writing(tx, price_book_entries, *created, *changed)
    if created:
        rows = [_row(tx, book_id, each) | {"id": key} for key, each in created.items()]
        tx.execute(sa.insert(price_book_entries), rows)
    version = price_book_entries.c.version
    for entry_id, entry in changed.items():
        tx.execute(
            sa.update(price_book_entries)
            .where(price_book_entries.c.id == entry_id)
            .values(_row(tx, book_id, entry) | {"version": version + 1})
        )
    return Upserted(len(created), len(changed), len(entries) - len(created) - len(changed))


def remove_entry(tx: Transaction, book_id: str, product_id: str) -> None:
    """Take a product out of a book. Errors: NOT_FOUND."""
    row = _entries(tx, book_id, [product_id]).get(product_id)
    if row is None:
        raise NotFound("NOT_FOUND", kind="price book entry", id=product_id)
    changes.writing(tx, price_book_entries, row.id)
    tx.execute(sa.delete(price_book_entries).where(price_book_entries.c.id == row.id))


def _row(tx: Transaction, book_id: str, entry: PriceBookEntry) -> dict[str, object]:
    return {
        "price_book_id": book_id,
        "product_id": entry.product_id,
        "list_price_minor": entry.list_price.amount_minor,
        "list_price_currency": entry.list_price.currency,
        "update_time": tx.now,
    }


def _entries(tx: Transaction, book_id: str, product_ids: Iterable[str]) -> dict[str, sa.Row[Any]]:
    """The rows of those of these products that the book lists, by product id."""
    rows = tx.execute(
        sa.select(price_book_entries).where(
            price_book_entries.c.price_book_id == book_id,
            price_book_entries.c.product_id.in_(set(product_ids)),
        )
    )
    return {row.product_id: row for row in rows}


def _price(row: sa.Row[Any]) -> Money:
    return Money(row.list_price_minor, row.list_price_currency)
