"""Assets in the database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, text_type
from chassis.errors import AlreadyExists
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.service.assets.domain import Asset
from services.service.tables import metadata

assets = tables.record_table(
    "assets",
    metadata,
    sa.Column("account_id", Id, nullable=False),
    sa.Column("product_id", Id, nullable=False),
    sa.Column("product_name", text_type(200), nullable=False),
    sa.Column("product_name_zh", text_type(200), nullable=False),
    sa.Column("sku", Id, nullable=False),
    sa.Column("serial", text_type(100), nullable=False),
    sa.Column("serial_key", text_type(200), unique=True),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("contact_id", Id, nullable=False),
    sa.Column("order_id", Id, nullable=False),
    sa.Column("order_line_id", Id, nullable=False),
    sa.Column("location", text_type(200), nullable=False),
    sa.Column("warranty_start_date", Id, nullable=False),
    sa.Column("warranty_end_date", Id, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "ASSET_STATE_"}),
    sa.Column("retire_reason", text_type(1000), nullable=False),
    sa.Column("origin", text_type(200), unique=True),
    sa.Index("ix_assets_create_time", "create_time", "id"),
    sa.Index("ix_assets_account_id", "account_id", "create_time"),
    sa.Index("ix_assets_order_id", "order_id"),
    sa.Index("ix_assets_warranty_end_date", "warranty_end_date", "id"),
)

LISTING = Listing(
    assets,
    fields=(
        "account_id",
        "product_id",
        "product_name",
        "sku",
        "serial",
        "order_id",
        "state",
        "warranty_end_date",
        "create_time",
        "update_time",
    ),
    default_order="create_time desc",
)


def get(tx: Transaction, asset_id: str, etag: str = "") -> Asset:
    """An asset that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, assets, Asset, asset_id, etag=etag)


def find(tx: Transaction, asset_id: str) -> Asset | None:
    """An asset that a record names; None if there is none of this id."""
    return _one(tx, assets.c.id == asset_id)


def from_origin(tx: Transaction, origin: str) -> Asset | None:
    """The asset that this unit of a delivery became."""
    return _one(tx, assets.c.origin == origin)


def add(tx: Transaction, asset: Asset) -> None:
    """Write a new asset. Errors: SERIAL_TAKEN."""
    with _unique_serial():
        tables.insert(tx, assets, asset)


def save(tx: Transaction, asset: Asset) -> None:
    """Write a changed asset. Errors: CONCURRENT_CHANGE, SERIAL_TAKEN."""
    with _unique_serial():
        tables.update(tx, assets, asset)


@contextlib.contextmanager
def _unique_serial() -> Iterator[None]:
    try:
        yield
    except sa.exc.IntegrityError:
        raise AlreadyExists("SERIAL_TAKEN") from None


def _one(tx: Transaction, condition: sa.ColumnElement[bool]) -> Asset | None:
    row = tx.execute(sa.select(assets).where(condition)).first()
    asset: Asset | None = from_row(Asset, row) if row else None
    return asset
