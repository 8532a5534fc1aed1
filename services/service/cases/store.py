"""Cases in the database."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, LongText, UtcDateTime, text_type
from chassis.extensions.tables import extensions_column
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.service.cases.domain import Case
from services.service.tables import metadata

#: What requests and declarations of extension fields call a case.
RESOURCE = "case"

cases = tables.record_table(
    "cases",
    metadata,
    sa.Column("subject", text_type(200), nullable=False),
    sa.Column("account_id", Id, nullable=False),
    sa.Column("description", LongText, nullable=False),
    sa.Column("kind", Id, nullable=False, info={"enum_prefix": "CASE_KIND_"}),
    sa.Column("category", Id, nullable=False),
    sa.Column("channel", Id, nullable=False, info={"enum_prefix": "CASE_CHANNEL_"}),
    sa.Column("priority", Id, nullable=False, info={"enum_prefix": "CASE_PRIORITY_"}),
    sa.Column("contact_id", Id, nullable=False),
    sa.Column("asset_id", Id, nullable=False),
    sa.Column("account_verified", sa.Boolean, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "CASE_STATE_"}),
    sa.Column("pending_reason", Id),
    *tables.ownership(),
    sa.Column("resolution", LongText, nullable=False),
    sa.Column("complaint", Json),
    sa.Column("parent_id", Id, nullable=False),
    sa.Column("merged_into_id", Id, nullable=False),
    sa.Column("split_from_id", Id, nullable=False),
    sa.Column("reopen_count", sa.Integer, nullable=False),
    sa.Column("escalation_count", sa.Integer, nullable=False),
    sa.Column("due_time", UtcDateTime),
    sa.Column("breached", sa.Boolean, nullable=False),
    sa.Column("entitlement", Json, nullable=False),
    sa.Column("first_response_time", UtcDateTime),
    sa.Column("resolve_time", UtcDateTime),
    sa.Column("close_time", UtcDateTime),
    sa.Column("auto_close_time", UtcDateTime),
    extensions_column(),
    sa.Index("ix_cases_create_time", "create_time", "id"),
    sa.Index("ix_cases_account_id", "account_id", "create_time"),
    sa.Index("ix_cases_owner_id", "owner_id", "create_time"),
    sa.Index("ix_cases_team_id", "team_id", "create_time"),
    sa.Index("ix_cases_state", "state", "create_time"),
    sa.Index("ix_cases_parent_id", "parent_id"),
    sa.Index("ix_cases_auto_close_time", "auto_close_time"),
)

LISTING = Listing(
    cases,
    fields=(
        "state",
        "kind",
        "priority",
        "channel",
        "category",
        "account_id",
        "contact_id",
        "asset_id",
        "owner_id",
        "team_id",
        "parent_id",
        "breached",
        "create_time",
        "update_time",
    ),
    default_order="create_time desc",
    extensions=RESOURCE,
)


def get(tx: Transaction, case_id: str, etag: str = "") -> Case:
    """A case that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, cases, Case, case_id, etag=etag)


def find(tx: Transaction, case_id: str) -> Case | None:
    """A case that a request names and that the caller may see; None if there is none."""
    row = tx.execute(
        sa.select(cases).where(cases.c.id == case_id, tables.visible(tx, cases))
    ).first()
    case: Case | None = from_row(Case, row) if row else None
    return case


def has_children(tx: Transaction, case_id: str) -> bool:
    """Whether other cases are part of this one."""
    child = sa.select(cases.c.id).where(cases.c.parent_id == case_id).limit(1)
    return tx.execute(child).first() is not None


def children(tx: Transaction, case_id: str) -> list[Case]:
    """The cases that are part of this one."""
    rows = tx.execute(sa.select(cases).where(cases.c.parent_id == case_id))
    return [from_row(Case, row) for row in rows]


def to_close(tx: Transaction, limit: int) -> Sequence[str]:
    """Resolved cases whose time to close by themselves has come."""
    return (
        tx.execute(
            sa.select(cases.c.id)
            .where(cases.c.auto_close_time <= tx.now)
            .order_by(cases.c.auto_close_time)
            .limit(limit)
        )
        .scalars()
        .all()
    )


def add(tx: Transaction, case: Case) -> None:
    """Write a new case."""
    tables.insert(tx, cases, case)


def save(tx: Transaction, case: Case) -> None:
    """Write a changed case. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, cases, case)
