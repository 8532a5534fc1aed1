"""Extension fields in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, UtcDateTime
from chassis.errors import AlreadyExists
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.directory.extension_fields.domain import (
    ExtensionField,
    ExtensionFieldState,
    ExtensionResource,
)
from services.directory.tables import metadata

extension_fields = tables.record_table(
    "extension_fields",
    metadata,
    sa.Column("resource", Id, nullable=False, info={"enum_prefix": "EXTENSION_RESOURCE_"}),
    sa.Column("name", Id, nullable=False),
    sa.Column("type", Id, nullable=False, info={"enum_prefix": "EXTENSION_TYPE_"}),
    sa.Column("required", sa.Boolean, nullable=False),
    sa.Column("choices", Json, nullable=False),
    sa.Column("label", Json, nullable=False),
    sa.Column("help", Json),
    sa.Column("max_length", sa.Integer, nullable=False),
    sa.Column("minimum", Id, nullable=False),
    sa.Column("maximum", Id, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "EXTENSION_FIELD_STATE_"}),
    sa.Column("announce_time", UtcDateTime, nullable=False),
    sa.UniqueConstraint("resource", "name", name="uq_extension_fields_resource_name"),
    sa.Index("ix_extension_fields_create_time", "create_time", "id"),
    sa.Index("ix_extension_fields_announce_time", "announce_time"),
)

LISTING = Listing(
    extension_fields,
    fields=("resource", "name", "type", "required", "state", "create_time", "update_time"),
    default_order="resource, name",
)


def get(tx: Transaction, field_id: str, etag: str = "") -> ExtensionField:
    """A field. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, extension_fields, ExtensionField, field_id, etag=etag)


def active(tx: Transaction) -> Sequence[sa.Row[tuple[object, ...]]]:
    """The rows of all fields that take values, in the order in which they were declared."""
    statement = sa.select(extension_fields).where(
        extension_fields.c.state == ExtensionFieldState.ACTIVE
    )
    return tx.execute(statement.order_by(extension_fields.c.create_time, "id")).all()


def hold_active(tx: Transaction, resource: ExtensionResource) -> int:
    """How many active fields a resource has; two that add one at once wait for each other."""
    of_it = sa.and_(
        extension_fields.c.resource == resource,
        extension_fields.c.state == ExtensionFieldState.ACTIVE,
    )
    locked = sa.select(extension_fields.c.id).where(of_it).order_by(extension_fields.c.id)
    tx.execute(locked.with_for_update())
    count = sa.select(sa.func.count()).select_from(extension_fields).where(of_it)
    return int(tx.execute(count).scalar_one())


def announced_before(tx: Transaction, moment: datetime, limit: int) -> list[ExtensionField]:
    """Fields that were last announced before this moment, held until the transaction ends."""
    statement = (
        sa.select(extension_fields)
        .where(extension_fields.c.announce_time < moment)
        .order_by(extension_fields.c.announce_time)
        .limit(limit)
        .with_for_update(skip_locked=tx.connection.dialect.name != "sqlite")
    )
    return [from_row(ExtensionField, row) for row in tx.execute(statement)]


def add(tx: Transaction, field: ExtensionField) -> None:
    """Write a new field. Errors: EXTENSION_FIELD_EXISTS."""
    try:
        tables.insert(tx, extension_fields, field)
    except sa.exc.IntegrityError as error:
        raise AlreadyExists(
            "EXTENSION_FIELD_EXISTS", name=field.name, resource=field.resource
        ) from error


def save(tx: Transaction, field: ExtensionField) -> None:
    """Write a changed field. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, extension_fields, field)


def note_announced(tx: Transaction, field: ExtensionField) -> None:
    """Write when a field was announced, which changes nothing that anybody reads."""
    tx.execute(
        sa.update(extension_fields)
        .where(extension_fields.c.id == field.id)
        .values(announce_time=field.announce_time)
    )
