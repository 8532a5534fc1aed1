"""API keys in the database."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, UtcDateTime, text_type
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.directory.api_keys.domain import ApiKey
from services.directory.tables import metadata

api_keys = tables.record_table(
    "api_keys",
    metadata,
    *tables.ownership(),
    sa.Column("name", text_type(120), nullable=False),
    sa.Column("role_ids", Json, nullable=False),
    sa.Column("expire_time", UtcDateTime, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "API_KEY_STATE_"}),
    sa.Column("digest", text_type(64), nullable=False),
    sa.Column("last_use_time", UtcDateTime),
    sa.Column("revoke_time", UtcDateTime),
    sa.Index("ix_api_keys_create_time", "create_time", "id"),
    sa.Index("ix_api_keys_owner_id", "owner_id", "create_time"),
)

LISTING = Listing(
    api_keys,
    fields=("name", "state", "owner_id", "expire_time", "create_time", "update_time"),
    default_order="create_time desc",
)


def get(tx: Transaction, key_id: str, etag: str = "") -> ApiKey:
    """A key that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, api_keys, ApiKey, key_id, etag=etag)


def find(tx: Transaction, key_id: str) -> ApiKey | None:
    """A key, whoever calls."""
    row = tx.execute(sa.select(api_keys).where(api_keys.c.id == key_id)).one_or_none()
    if row is None:
        return None
    key: ApiKey = from_row(ApiKey, row)
    return key


def add(tx: Transaction, key: ApiKey) -> None:
    """Write a new key."""
    tables.insert(tx, api_keys, key)


def save(tx: Transaction, key: ApiKey) -> None:
    """Write a changed key. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, api_keys, key)


def note_use(tx: Transaction, key_id: str, at: datetime) -> None:
    """Note when a key was last used; its version stays, since nothing that anybody set changes."""
    tx.execute(sa.update(api_keys).where(api_keys.c.id == key_id).values(last_use_time=at))
