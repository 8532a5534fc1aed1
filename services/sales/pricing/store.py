"""Price rules in the database."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, text_type
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.sales.pricing.domain import PriceRule
from services.sales.tables import metadata

price_rules = tables.record_table(
    "price_rules",
    metadata,
    sa.Column("name", text_type(200), nullable=False),
    sa.Column("product_id", Id, nullable=False),
    sa.Column("product_line", Id, nullable=False),
    sa.Column("price_book_id", Id, nullable=False),
    sa.Column("channel", Id, nullable=False, info={"enum_prefix": "SALES_CHANNEL_"}),
    sa.Column("account_id", Id, nullable=False),
    sa.Column("start_date", Id, nullable=False),
    sa.Column("end_date", Id, nullable=False),
    sa.Column("kind", Id, nullable=False, info={"enum_prefix": "PRICE_RULE_KIND_"}),
    sa.Column("fixed_price_minor", sa.BigInteger),
    sa.Column("fixed_price_currency", Id),
    sa.Column("discount_basis_points", sa.Integer, nullable=False),
    sa.Column("formula", text_type(200), nullable=False),
    sa.Column("quantity_breaks", Json, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("stacking", Id, nullable=False, info={"enum_prefix": "STACKING_POLICY_"}),
    sa.Index("ix_price_rules_create_time", "create_time", "id"),
    sa.Index("ix_price_rules_product_id", "product_id", "account_id"),
    sa.Index("ix_price_rules_product_line", "product_line", "id"),
    sa.Index("ix_price_rules_account_id", "account_id", "id"),
)

LISTING = Listing(
    price_rules,
    fields=(
        "name",
        "product_id",
        "product_line",
        "price_book_id",
        "channel",
        "account_id",
        "start_date",
        "end_date",
        "kind",
        "priority",
        "stacking",
        "create_time",
        "update_time",
    ),
    default_order="priority desc",
)


def get(tx: Transaction, rule_id: str, etag: str = "") -> PriceRule:
    """A price rule. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, price_rules, PriceRule, rule_id, etag=etag)


def add(tx: Transaction, rule: PriceRule) -> None:
    """Write a new price rule."""
    tables.insert(tx, price_rules, rule)


def save(tx: Transaction, rule: PriceRule) -> None:
    """Write a changed price rule. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, price_rules, rule)


def remove(tx: Transaction, rule: PriceRule) -> None:
    """Delete a price rule. Errors: CONCURRENT_CHANGE."""
    tables.delete(tx, price_rules, rule)


def candidates(tx: Transaction, product_ids: Iterable[str], account_id: str) -> list[PriceRule]:
    """The rules for these products or for any product, and for this account or for any account.

    Whether they apply, and why not, is the engine's to say.
    """
    rows = tx.execute(
        sa.select(price_rules).where(
            price_rules.c.product_id.in_({"", *product_ids}),
            price_rules.c.account_id.in_({"", account_id}),
        )
    )
    return [from_row(PriceRule, row) for row in rows]
