"""Referrals in the database, and the claim that keeps a lead from being with two partners."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, LongText, UtcDateTime
from chassis.errors import AlreadyExists
from chassis.listing import Listing
from services.partners.claims import store as claims
from services.partners.referrals.domain import Referral, ReferralState
from services.partners.tables import metadata

referrals = tables.record_table(
    "referrals",
    metadata,
    sa.Column("lead_id", Id, nullable=False),
    sa.Column("partner_id", Id, nullable=False),
    sa.Column("summary", LongText, nullable=False),
    sa.Column("product_line", Id, nullable=False),
    sa.Column("country", Id, nullable=False),
    sa.Column("estimated_amount_minor", sa.BigInteger),
    sa.Column("estimated_amount_currency", Id),
    sa.Column("response_hours", sa.Integer, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "REFERRAL_STATE_"}),
    sa.Column("response_due_time", UtcDateTime, nullable=False),
    sa.Column("response_time", UtcDateTime),
    sa.Column("decline_reason", Id),
    sa.Column("recall_reason", Id),
    sa.Column("note", LongText, nullable=False),
    *tables.ownership(),
    sa.Index("ix_referrals_create_time", "create_time", "id"),
    sa.Index("ix_referrals_partner_id", "partner_id", "create_time"),
    sa.Index("ix_referrals_owner_id", "owner_id", "create_time"),
    sa.Index("ix_referrals_lead_id", "lead_id"),
    sa.Index("ix_referrals_state", "state", "response_due_time"),
)

LISTING = Listing(
    referrals,
    fields=(
        "lead_id",
        "partner_id",
        "product_line",
        "country",
        "state",
        "response_due_time",
        "owner_id",
        "create_time",
        "update_time",
    ),
    default_order="create_time desc",
)


def get(tx: Transaction, referral_id: str, etag: str = "") -> Referral:
    """A referral that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, referrals, Referral, referral_id, etag=etag)


def add(tx: Transaction, referral: Referral) -> None:
    """Write a new referral and take its lead for it.

    Errors: AlreadyExists(LEAD_ALREADY_REFERRED) while another referral of the lead is live.
    """
    held = claims.take(tx, [f"referral|{referral.lead_id}"], referral.id)
    if held:
        raise AlreadyExists("LEAD_ALREADY_REFERRED", referral_id=held[0].holder_id)
    tables.own(tx, referral)
    tables.insert(tx, referrals, referral)


def save(tx: Transaction, referral: Referral) -> None:
    """Write a changed referral; if it is live no more, its lead is free. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, referrals, referral)
    if not referral.live:
        claims.release(tx, referral.id)


def overdue(tx: Transaction) -> list[str]:
    """Ids of offers that were not answered in time, the oldest first."""
    statement = (
        sa.select(referrals.c.id)
        .where(
            referrals.c.state == ReferralState.OFFERED,
            referrals.c.response_due_time <= tx.now,
        )
        .order_by(referrals.c.response_due_time)
        .limit(500)
    )
    return list(tx.execute(statement).scalars())
