"""Business units in the database."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, text_type
from chassis.errors import Invalid
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.directory.business_units.domain import BusinessUnit, Parents
from services.directory.tables import metadata

business_units = tables.record_table(
    "business_units",
    metadata,
    sa.Column("name", text_type(120), nullable=False),
    sa.Column("parent_id", Id, nullable=False),
    sa.Index("ix_business_units_create_time", "create_time", "id"),
    sa.Index("ix_business_units_parent_id", "parent_id"),
)

LISTING = Listing(
    business_units,
    fields=("name", "parent_id", "create_time", "update_time"),
    default_order="name",
)


def get(tx: Transaction, unit_id: str, etag: str = "") -> BusinessUnit:
    """A unit. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, business_units, BusinessUnit, unit_id, etag=etag)


def find(tx: Transaction, unit_id: str) -> BusinessUnit | None:
    """A unit, or None."""
    statement = sa.select(business_units).where(business_units.c.id == unit_id)
    row = tx.execute(statement).one_or_none()
    if row is None:
        return None
    unit: BusinessUnit = from_row(BusinessUnit, row)
    return unit


def check_known(tx: Transaction, unit_id: str, *, field: str) -> None:
    """Errors: BUSINESS_UNIT_UNKNOWN unless there is this unit, or none is named."""
    if unit_id and find(tx, unit_id) is None:
        raise Invalid("BUSINESS_UNIT_UNKNOWN", field=field, id=unit_id)


def parents(tx: Transaction) -> Parents:
    """The whole tree. It has hundreds of units at most, so it is read at once."""
    rows = tx.execute(sa.select(business_units.c.id, business_units.c.parent_id))
    return {row.id: row.parent_id for row in rows}


def lock_tree(tx: Transaction) -> Parents:
    """The whole tree, which nobody else changes until the transaction ends: moves cannot make a ring."""
    columns = sa.select(business_units.c.id, business_units.c.parent_id)
    rows = tx.execute(columns.order_by(business_units.c.id).with_for_update())
    return {row.id: row.parent_id for row in rows}


def has_units_below(tx: Transaction, unit_id: str) -> bool:
    """Whether some unit is right below this one."""
    below = sa.select(business_units.c.id).where(business_units.c.parent_id == unit_id).limit(1)
    return tx.execute(below).first() is not None


def add(tx: Transaction, unit: BusinessUnit) -> None:
    """Write a new unit."""
    tables.insert(tx, business_units, unit)


def save(tx: Transaction, unit: BusinessUnit) -> None:
    """Write a changed unit. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, business_units, unit)


def remove(tx: Transaction, unit: BusinessUnit) -> None:
    """Delete a unit. Errors: CONCURRENT_CHANGE."""
    tables.delete(tx, business_units, unit)
