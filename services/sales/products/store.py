"""Products in the database."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, LongText, text_type
from chassis.errors import AlreadyExists
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.sales.products.domain import Product
from services.sales.tables import metadata

products = tables.record_table(
    "products",
    metadata,
    sa.Column("sku", Id, nullable=False),
    sa.Column("name", text_type(200), nullable=False),
    sa.Column("name_zh", text_type(200), nullable=False),
    sa.Column("description", LongText, nullable=False),
    sa.Column("product_line", Id, nullable=False),
    sa.Column("unit", Id, nullable=False),
    sa.Column("kind", Id, nullable=False, info={"enum_prefix": "PRODUCT_KIND_"}),
    sa.Column("serial_tracked", sa.Boolean, nullable=False),
    sa.Column("warranty_months", sa.Integer, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "PRODUCT_STATE_"}),
    sa.UniqueConstraint("sku"),
    sa.Index("ix_products_create_time", "create_time", "id"),
    sa.Index("ix_products_product_line", "product_line", "sku"),
)

LISTING = Listing(
    products,
    fields=(
        "sku",
        "name",
        "name_zh",
        "product_line",
        "unit",
        "kind",
        "serial_tracked",
        "warranty_months",
        "state",
        "create_time",
        "update_time",
    ),
    default_order="sku",
)


def get(tx: Transaction, product_id: str, etag: str = "") -> Product:
    """A product. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, products, Product, product_id, etag=etag)


def find(tx: Transaction, product_ids: Iterable[str]) -> dict[str, Product]:
    """Those of these products that exist, by id; whoever asks, since offers name them."""
    rows = tx.execute(sa.select(products).where(products.c.id.in_(set(product_ids))))
    return {row.id: from_row(Product, row) for row in rows}


def add(tx: Transaction, product: Product) -> None:
    """Write a new product. Errors: SKU_TAKEN."""
    try:
        tables.insert(tx, products, product)
    except sa.exc.IntegrityError:
        raise AlreadyExists("SKU_TAKEN", sku=product.sku) from None


def save(tx: Transaction, product: Product) -> None:
    """Write a changed product. Errors: CONCURRENT_CHANGE, SKU_TAKEN."""
    try:
        tables.update(tx, products, product)
    except sa.exc.IntegrityError:
        raise AlreadyExists("SKU_TAKEN", sku=product.sku) from None
