"""Linked identities in the database."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import text_type
from chassis.errors import AlreadyExists
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.directory.linked_identities.domain import LinkedIdentity
from services.directory.tables import metadata

linked_identities = tables.record_table(
    "linked_identities",
    metadata,
    *tables.ownership(),
    sa.Column("issuer", text_type(255), nullable=False),
    sa.Column("subject", text_type(255), nullable=False),
    sa.UniqueConstraint("issuer", "subject"),
    sa.Index("ix_linked_identities_create_time", "create_time", "id"),
    sa.Index("ix_linked_identities_owner_id", "owner_id", "create_time"),
)

LISTING = Listing(
    linked_identities,
    fields=("owner_id", "issuer", "create_time", "update_time"),
    default_order="create_time desc",
)


def get(tx: Transaction, identity_id: str, etag: str = "") -> LinkedIdentity:
    """A link that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, linked_identities, LinkedIdentity, identity_id, etag=etag)


def find(tx: Transaction, issuer: str, subject: str) -> LinkedIdentity | None:
    """The link of this outside account, whoever calls."""
    columns = linked_identities.c
    statement = sa.select(linked_identities).where(
        columns.issuer == issuer, columns.subject == subject
    )
    row = tx.execute(statement).one_or_none()
    if row is None:
        return None
    identity: LinkedIdentity = from_row(LinkedIdentity, row)
    return identity


def add(tx: Transaction, identity: LinkedIdentity) -> None:
    """Write a new link. Errors: IDENTITY_LINKED."""
    try:
        tables.insert(tx, linked_identities, identity)
    except sa.exc.IntegrityError as error:
        raise AlreadyExists("IDENTITY_LINKED") from error


def remove(tx: Transaction, identity: LinkedIdentity) -> None:
    """Delete a link. Errors: CONCURRENT_CHANGE."""
    tables.delete(tx, linked_identities, identity)
