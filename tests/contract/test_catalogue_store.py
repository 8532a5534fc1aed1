"""Products, price books and price rules keep their promises on every engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from chassis.app import App
from chassis.database import Database
from chassis.errors import AlreadyExists, Refused
from chassis.manifest import Service
from chassis.migrate import differences
from chassis.money import Money
from services.sales.manifest import SERVICE
from services.sales.price_books import store as price_books
from services.sales.price_books.domain import PriceBook, PriceBookEntry, SalesChannel
from services.sales.price_books.store import Upserted
from services.sales.pricing import store as price_rules
from services.sales.pricing.domain import (
    PriceRule,
    PriceRuleKind,
    QuantityBreak,
    StackingPolicy,
)
from services.sales.products import store as products
from services.sales.products.domain import Product, ProductKind

MOMENT = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def app(any_database: Callable[[Service], Database]) -> App:
    return App(SERVICE, any_database(SERVICE), clock=lambda: MOMENT)


def product(app: App, sku: str) -> Product:
    with app.transaction() as tx:
        made = Product(
            id=tx.new_id("prod"),
            sku=sku,
            name="Array",
            name_zh="磁盘阵列",
            product_line="storage",
            unit="piece",
            kind=ProductKind.GOODS,
            serial_tracked=True,
        )
        products.add(tx, made)
    return made


def book(app: App) -> PriceBook:
    with app.transaction() as tx:
        made = PriceBook(id=tx.new_id("book"), name="List", currency="EUR")
        price_books.add(tx, made)
    return made


def test_the_migrated_database_is_the_one_the_code_means(app: App) -> None:
    assert differences(SERVICE, app.database) == []


def test_products_come_back_as_they_were_and_their_skus_are_taken_once(app: App) -> None:
    made = product(app, "SAN-1")
    product(app, "san-1")
    with app.reading() as tx:
        assert products.get(tx, made.id) == made
        assert products.find(tx, [made.id, "prod_x"]) == {made.id: made}
    with pytest.raises(AlreadyExists):
        product(app, "SAN-1")


def test_books_and_prices_come_back_as_they_were(app: App) -> None:
    made = book(app)
    price = Money(10**12, "EUR")
    with app.transaction() as tx:
        price_books.hold(tx, made.id)
        entries = [PriceBookEntry("prod_1", price), PriceBookEntry("prod_2", price)]
        assert price_books.upsert(tx, made.id, entries) == Upserted(2, 0, 0)
        cheaper = PriceBookEntry("prod_2", Money(1, "EUR"))
        assert price_books.upsert(tx, made.id, [entries[0], cheaper]) == Upserted(0, 1, 1)
    with app.reading() as tx:
        assert price_books.find(tx, made.id) == made
        assert price_books.in_currency(tx, "EUR") == [made]
        assert made.channel is SalesChannel.ANY
        assert price_books.list_prices(tx, made.id, ["prod_1", "prod_2", "prod_3"]) == {
            "prod_1": price,
            "prod_2": Money(1, "EUR"),
        }
    with pytest.raises(Refused), app.transaction() as tx:
        price_books.remove(tx, made)


def test_rules_come_back_as_they_were_for_whom_they_may_concern(app: App) -> None:
    def rule(**scope: str) -> PriceRule:
        with app.transaction() as tx:
            made = PriceRule(
                id=tx.new_id("rule"),
                name="数量折扣",
                kind=PriceRuleKind.QUANTITY_BREAKS,
                stacking=StackingPolicy.LAST,
                quantity_breaks=(
                    QuantityBreak(10, discount_basis_points=-500),
                    QuantityBreak(20, unit_price=Money(0, "EUR")),
                ),
                **scope,
            )
            price_rules.add(tx, made)
        return made

    anybody = rule()
    ours = rule(product_id="prod_1", account_id="acct_1")
    rule(product_id="prod_2")
    rule(account_id="acct_2")
    with app.reading() as tx:
        found = price_rules.candidates(tx, ["prod_1"], "acct_1")
    assert sorted(found, key=lambda each: each.id) == sorted(
        [anybody, ours], key=lambda each: each.id
    )
