"""Contacts in the database, and an index of their roles at accounts."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, text_type
from chassis.extensions import values
from chassis.extensions.tables import extensions_column
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.sales.contacts.domain import Contact
from services.sales.identifiers import store as identifiers
from services.sales.identifiers.domain import Identifier
from services.sales.tables import metadata

#: What contacts are called in the index of identifiers.
KIND = "contact"

#: What requests and declarations of extension fields call a contact.
RESOURCE = "contact"

contacts = tables.record_table(
    "contacts",
    metadata,
    sa.Column("given_name", text_type(100), nullable=False),
    sa.Column("family_name", text_type(100), nullable=False),
    sa.Column("job_title", text_type(100), nullable=False),
    sa.Column("language", Id, nullable=False),
    sa.Column("identifiers", Json, nullable=False),
    sa.Column("roles", Json, nullable=False),
    sa.Column("partner_id", Id, nullable=False),
    *tables.ownership(),
    extensions_column(),
    sa.Index("ix_contacts_create_time", "create_time", "id"),
    sa.Index("ix_contacts_family_name", "family_name", "id"),
    sa.Index("ix_contacts_owner_id", "owner_id", "create_time"),
    sa.Index("ix_contacts_partner_id", "partner_id", "create_time"),
)

contact_roles = sa.Table(
    "contact_roles",
    metadata,
    sa.Column("account_id", Id, primary_key=True),
    sa.Column("contact_id", Id, primary_key=True),
    sa.Index("ix_contact_roles_contact_id", "contact_id"),
)

LISTING = Listing(
    contacts,
    fields=(
        "given_name",
        "family_name",
        "job_title",
        "language",
        "partner_id",
        "owner_id",
        "team_id",
        "business_unit_id",
        "create_time",
        "update_time",
    ),
    default_order="create_time desc",
    extensions=RESOURCE,
)


def get(tx: Transaction, contact_id: str, etag: str = "") -> Contact:
    """A contact that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, contacts, Contact, contact_id, etag=etag)


def find(tx: Transaction, contact_ids: Iterable[str]) -> list[Contact]:
    """Those of these contacts that exist and that the caller may read, the oldest first."""
    readable = tables.visible(tx.seeing("sales.contacts.read"), contacts)
    rows = tx.execute(
        sa.select(contacts)
        .where(contacts.c.id.in_(list(contact_ids)), readable)
        .order_by(contacts.c.create_time, contacts.c.id)
    )
    return [from_row(Contact, row) for row in rows]


def hold(tx: Transaction, contact_id: str) -> None:
    """Keep others from deleting or holding this contact until this transaction ends.

    Taken after the accounts that are held.
    """
    tx.execute(sa.select(contacts.c.id).where(contacts.c.id == contact_id).with_for_update())


def add(tx: Transaction, contact: Contact) -> None:
    """Write a new contact. Errors: IDENTIFIER_TAKEN."""
    _index(tx, contact)
    tables.insert(tx, contacts, contact)


def save(tx: Transaction, contact: Contact) -> None:
    """Write a changed contact. Errors: CONCURRENT_CHANGE, IDENTIFIER_TAKEN."""
    _index(tx, contact)
    tables.update(tx, contacts, contact)


def remove(tx: Transaction, contact: Contact) -> None:
    """Delete a contact. Errors: CONCURRENT_CHANGE."""
    identifiers.remove(tx, contact.id)
    tx.execute(sa.delete(contact_roles).where(contact_roles.c.contact_id == contact.id))
    values.forget(tx, contact)
    tables.delete(tx, contacts, contact)


def at_account(account_id: str) -> sa.ColumnElement[bool]:
    """The condition that a contact has a role at this account."""
    return sa.exists().where(
        contact_roles.c.account_id == account_id, contact_roles.c.contact_id == contacts.c.id
    )


def holders(tx: Transaction, identifier: Identifier) -> list[str]:
    """The contacts with this (normalised) identifier, whoever may see them."""
    return [holder_id for holder_id, _ in identifiers.holders(tx, KIND, [identifier])]


def _index(tx: Transaction, contact: Contact) -> None:
    identifiers.replace(tx, KIND, contact.id, contact.identifiers)
    tx.execute(sa.delete(contact_roles).where(contact_roles.c.contact_id == contact.id))
    rows = [{"account_id": role.account_id, "contact_id": contact.id} for role in contact.roles]
    if rows:
        tx.execute(sa.insert(contact_roles), rows)
