"""Commissions and their ledger in the database."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, LongText, UtcDateTime
from chassis.listing import Listing
from chassis.records.rows import from_row, to_row
from services.partners.claims import store as claims
from services.partners.commissions.domain import (
    Commission,
    CommissionEntry,
    CommissionState,
    period_of,
)
from services.partners.tables import metadata

commissions = tables.record_table(
    "commissions",
    metadata,
    sa.Column("partner_id", Id, nullable=False),
    sa.Column("deal_id", Id, nullable=False),
    sa.Column("opportunity_id", Id, nullable=False),
    sa.Column("base_amount_minor", sa.BigInteger, nullable=False),
    sa.Column("base_amount_currency", Id, nullable=False),
    sa.Column("rate_bp", sa.Integer, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("amount_currency", Id, nullable=False),
    sa.Column("win_time", UtcDateTime, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "COMMISSION_STATE_"}),
    *tables.ownership(),
    sa.Index("ix_commissions_create_time", "create_time", "id"),
    sa.Index("ix_commissions_partner_id", "partner_id", "create_time"),
    sa.Index("ix_commissions_deal_id", "deal_id"),
)

commission_entries = sa.Table(
    "commission_entries",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("commission_id", Id, nullable=False),
    sa.Column("partner_id", Id, nullable=False),
    sa.Column("deal_id", Id, nullable=False),
    sa.Column("kind", Id, nullable=False, info={"enum_prefix": "COMMISSION_STATE_"}),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("amount_currency", Id, nullable=False),
    sa.Column("period", Id, nullable=False),
    sa.Column("note", LongText, nullable=False),
    sa.Column("actor_id", Id, nullable=False),
    sa.Column("create_time", UtcDateTime, nullable=False),
    *tables.ownership(),
    # A commission enters each state once at most.
    sa.UniqueConstraint("commission_id", "kind"),
    sa.Index("ix_commission_entries_create_time", "create_time", "id"),
    sa.Index("ix_commission_entries_partner_id", "partner_id", "period"),
)

LISTING = Listing(
    commissions,
    fields=(
        "partner_id",
        "deal_id",
        "opportunity_id",
        "state",
        "win_time",
        "owner_id",
        "create_time",
        "update_time",
    ),
    default_order="create_time desc",
)
ENTRIES = Listing(
    commission_entries,
    fields=("commission_id", "partner_id", "deal_id", "kind", "period", "create_time"),
    default_order="create_time",
)


def get(tx: Transaction, commission_id: str, etag: str = "") -> Commission:
    """A commission that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, commissions, Commission, commission_id, etag=etag)


def add(tx: Transaction, commission: Commission) -> bool:
    """Write a new commission with its first entry; False if its deal has one that stands."""
    if claims.take(tx, [f"commission|{commission.deal_id}"], commission.id):
        return False
    tables.insert(tx, commissions, commission)
    _enter(tx, commission, "")
    return True


def save(tx: Transaction, commission: Commission, note: str) -> None:
    """Write a commission that has come to another state, with its entry. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, commissions, commission)
    _enter(tx, commission, note)
    if commission.state is CommissionState.REVERSED:
        claims.release(tx, commission.id)


def standing(tx: Transaction, deal_id: str) -> Commission | None:
    """The commission on a deal that was not reversed, if there is one."""
    statement = sa.select(commissions).where(
        commissions.c.deal_id == deal_id, commissions.c.state != CommissionState.REVERSED
    )
    row = tx.execute(statement).one_or_none()
    return None if row is None else from_row(Commission, row)


def _enter(tx: Transaction, commission: Commission, note: str) -> None:
    entry = CommissionEntry(
        tx.new_id("entry"),
        commission.id,
        commission.partner_id,
        commission.deal_id,
        commission.state,
        commission.amount,
        period_of(tx.now),
        note,
        tx.call.identity.subject,
        tx.now,
    )
    owner = {
        "owner_id": commission.owner_id,
        "team_id": commission.team_id,
        "business_unit_id": commission.business_unit_id,
    }
    tx.execute(sa.insert(commission_entries), to_row(entry) | owner)
