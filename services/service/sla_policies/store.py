"""SLA policies in the database."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, text_type
from chassis.errors import Aborted, Invalid
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.service.sla_policies.domain import EntitlementKind, SlaPolicy
from services.service.tables import metadata

sla_policies = tables.record_table(
    "sla_policies",
    metadata,
    sa.Column("name", text_type(100), nullable=False),
    sa.Column("entitlement_kind", Id, nullable=False, info={"enum_prefix": "ENTITLEMENT_KIND_"}),
    sa.Column("calendar_id", Id, sa.ForeignKey("calendars.id"), nullable=False),
    sa.Column("targets", Json, nullable=False),
    sa.Column("escalation_steps", Json, nullable=False),
    sa.Column("pausing_reasons", Json, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "SLA_POLICY_STATE_"}),
    sa.Column("active_slot", Id, unique=True),
    sa.Index("ix_sla_policies_create_time", "create_time", "id"),
    sa.Index("ix_sla_policies_calendar_id", "calendar_id"),
)

LISTING = Listing(
    sla_policies,
    fields=("name", "state", "entitlement_kind", "calendar_id", "create_time", "update_time"),
    default_order="create_time desc",
)


def get(tx: Transaction, sla_policy_id: str, etag: str = "") -> SlaPolicy:
    """A policy. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, sla_policies, SlaPolicy, sla_policy_id, etag=etag)


def find(tx: Transaction, sla_policy_id: str) -> SlaPolicy | None:
    """A policy that a record names; None if there is none of this id."""
    row = tx.execute(sa.select(sla_policies).where(sla_policies.c.id == sla_policy_id)).first()
    policy: SlaPolicy | None = from_row(SlaPolicy, row) if row else None
    return policy


def holder(tx: Transaction, slot: str) -> SlaPolicy | None:
    """The active policy that holds a slot that only one may hold."""
    row = tx.execute(sa.select(sla_policies).where(sla_policies.c.active_slot == slot)).first()
    policy: SlaPolicy | None = from_row(SlaPolicy, row) if row else None
    return policy


def in_force(tx: Transaction) -> dict[EntitlementKind, str]:
    """The ids of the active default and of the active warranty policy."""
    rows = tx.execute(
        sa.select(sla_policies.c.active_slot, sla_policies.c.id).where(
            sla_policies.c.active_slot.in_([EntitlementKind.DEFAULT, EntitlementKind.WARRANTY])
        )
    )
    return {EntitlementKind(row.active_slot): row.id for row in rows}


def add(tx: Transaction, policy: SlaPolicy) -> None:
    """Write a new policy. Errors: CALENDAR_UNKNOWN."""
    try:
        tables.insert(tx, sla_policies, policy)
    except sa.exc.IntegrityError:
        raise Invalid(
            "CALENDAR_UNKNOWN", field="sla_policy.calendar_id", calendar_id=policy.calendar_id
        ) from None


def save(tx: Transaction, policy: SlaPolicy) -> None:
    """Write a changed policy.

    Errors: CONCURRENT_CHANGE, also if another policy took its place or its calendar went away.
    """
    try:
        tables.update(tx, sla_policies, policy)
    except sa.exc.IntegrityError:
        raise Aborted("CONCURRENT_CHANGE") from None


def remove(tx: Transaction, policy: SlaPolicy) -> None:
    """Delete a draft. Errors: CONCURRENT_CHANGE."""
    tables.delete(tx, sla_policies, policy)
