"""Roles in the database: built-in ones are written there when it is migrated."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, LongText, text_type
from chassis.errors import AlreadyExists, Invalid
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.directory.roles.built_in import built_in_roles
from services.directory.roles.domain import Role
from services.directory.tables import metadata

roles = tables.record_table(
    "roles",
    metadata,
    sa.Column("slug", Id, nullable=False),
    sa.Column("name", text_type(80), nullable=False),
    sa.Column("name_zh", text_type(80), nullable=False),
    sa.Column("description", LongText, nullable=False),
    sa.Column("grants", Json, nullable=False),
    sa.Column("built_in", sa.Boolean, nullable=False),
    sa.Index("ix_roles_create_time", "create_time", "id"),
)

LISTING = Listing(
    roles,
    fields=("slug", "name", "built_in", "create_time", "update_time"),
    default_order="slug",
)


def get(tx: Transaction, role_id: str, etag: str = "") -> Role:
    """A role. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, roles, Role, role_id, etag=etag)


def find_all(tx: Transaction, role_ids: Iterable[str]) -> list[Role]:
    """Those of these roles that there are, in the order asked for."""
    wanted = list(role_ids)
    rows = tx.execute(sa.select(roles).where(roles.c.id.in_(wanted)))
    found: dict[str, Role] = {row.id: from_row(Role, row) for row in rows}
    return [found[role_id] for role_id in wanted if role_id in found]


def check_known(tx: Transaction, role_ids: tuple[str, ...]) -> None:
    """Errors: ROLE_UNKNOWN for the first of these that does not exist."""
    known = {role.id for role in find_all(tx, role_ids)}
    for position, role_id in enumerate(role_ids):
        if role_id not in known:
            raise Invalid("ROLE_UNKNOWN", field=f"role_ids[{position}]", role=role_id)


def add(tx: Transaction, role: Role) -> None:
    """Write a new role. Errors: ROLE_EXISTS."""
    try:
        tables.insert(tx, roles, role)
    except sa.exc.IntegrityError as error:
        raise AlreadyExists("ROLE_EXISTS", role=role.id) from error


def save(tx: Transaction, role: Role) -> None:
    """Write a changed role. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, roles, role)


def remove(tx: Transaction, role: Role) -> None:
    """Delete a role. Errors: CONCURRENT_CHANGE."""
    tables.delete(tx, roles, role)


def write_built_in(tx: Transaction) -> None:
    """Bring the built-in roles in the database to what this release ships."""
    stored = {role.id: role for role in find_all(tx, built_in_roles())}
    for shipped in built_in_roles().values():
        known = stored.get(shipped.id)
        if known is None:
            tables.insert(tx, roles, _copy(shipped))
        elif _described(known) != _described(shipped):
            changed = _copy(shipped)
            changed.version, changed.create_time = known.version, known.create_time
            tables.update(tx, roles, changed)


def _copy(role: Role) -> Role:
    return Role(role.id, *_described(role))


def _described(role: Role) -> tuple[str, str, str, str, tuple[str, ...], bool]:
    return (role.slug, role.name, role.name_zh, role.description, role.grants, role.built_in)
