"""Deals in the database, the keys by which their customers are found, and their protection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, LongText, UtcDateTime, text_type
from chassis.errors import Refused, Unavailable
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.partners.claims import store as claims
from services.partners.deals.conflicts import (
    REFUSALS,
    DealRule,
    OpenOpportunity,
    Registration,
    Surroundings,
)
from services.partners.deals.customer import identifier_of
from services.partners.deals.domain import Deal
from services.partners.deals.states import WAITING, DealState
from services.partners.tables import metadata

deals = tables.record_table(
    "deals",
    metadata,
    sa.Column("partner_id", Id, nullable=False),
    sa.Column("reference", text_type(100), nullable=False),
    sa.Column("customer", Json),
    sa.Column("contact", Json),
    sa.Column("product_line", Id, nullable=False),
    sa.Column("expected_amount_minor", sa.BigInteger),
    sa.Column("expected_amount_currency", Id),
    sa.Column("expected_close_date", Id, nullable=False),
    sa.Column("description", LongText, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "DEAL_STATE_"}),
    sa.Column("complete_time", UtcDateTime),
    sa.Column("approve_time", UtcDateTime),
    sa.Column("protection_end_time", UtcDateTime),
    sa.Column("commission_rate_bp", sa.Integer, nullable=False),
    sa.Column("reject_reason", Id),
    sa.Column("conversion", Json),
    sa.Column("outcome", Id),
    sa.Column("handover_id", Id, nullable=False),
    sa.Column("account_id", Id, nullable=False),
    sa.Column("contact_id", Id, nullable=False),
    sa.Column("opportunity_id", Id, nullable=False),
    sa.Column("clearing_time", UtcDateTime),
    sa.Column("clearance_ask_time", UtcDateTime),
    sa.Column("clearance_number", sa.Integer, nullable=False),
    sa.Column("clearance_keys", text_type(100), nullable=False),
    sa.Column("protection_days", sa.Integer, nullable=False),
    *tables.ownership(),
    sa.Index("ix_deals_create_time", "create_time", "id"),
    sa.Index("ix_deals_partner_id", "partner_id", "create_time"),
    sa.Index("ix_deals_owner_id", "owner_id", "create_time"),
    sa.Index("ix_deals_state", "state", "protection_end_time"),
    sa.Index("ix_deals_clearance_keys", "clearance_keys"),
)

#: The keys of every deal that was ever submitted; see customer_keys.
deal_keys = sa.Table(
    "deal_keys",
    metadata,
    sa.Column("deal_id", Id, primary_key=True),
    sa.Column("key", text_type(400), primary_key=True),
    sa.Index("ix_deal_keys_key", "key"),
)

LISTING = Listing(
    deals,
    fields=(
        "partner_id",
        "reference",
        "product_line",
        "state",
        "expected_close_date",
        "clearing_time",
        "account_id",
        "opportunity_id",
        "owner_id",
        "create_time",
        "update_time",
    ),
    default_order="create_time desc",
)

_CLAIM = "deal|"


def get(tx: Transaction, deal_id: str, etag: str = "") -> Deal:
    """A deal that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, deals, Deal, deal_id, etag=etag)


def find(tx: Transaction, deal_id: str) -> Deal | None:
    """A deal of this region, whoever may see it; None if there is none."""
    row = tx.execute(sa.select(deals).where(deals.c.id == deal_id)).one_or_none()
    return None if row is None else from_row(Deal, row)


def add(tx: Transaction, deal: Deal) -> None:
    """Write a new deal."""
    tables.insert(tx, deals, deal)


def save(tx: Transaction, deal: Deal) -> None:
    """Write a changed deal, and give its protection back if it has none. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, deals, deal)
    if not deal.protected:
        claims.release(tx, deal.id)


def remove(tx: Transaction, deal: Deal) -> None:
    """Delete a deal that was never submitted. Errors: CONCURRENT_CHANGE."""
    tables.delete(tx, deals, deal)


def index_keys(tx: Transaction, deal: Deal) -> None:
    """Make a submitted deal known by its customer and product line."""
    tx.execute(sa.delete(deal_keys).where(deal_keys.c.deal_id == deal.id))
    tx.execute(sa.insert(deal_keys), [{"deal_id": deal.id, "key": key} for key in deal.keys])


def protect(tx: Transaction, deal: Deal) -> None:
    """Take the customer and product line for this deal.

    Errors: Refused(DEAL_PROTECTED_FOR_OTHER) if another deal has them, also if it took them a moment ago.
    """
    held = claims.take(tx, [_CLAIM + key for key in deal.keys], deal.id)
    if held:
        raise Refused(
            REFUSALS[DealRule.PROTECTED_DEAL],
            conflicting_id=held[0].holder_id,
            identifier=identifier_of(held[0].key.removeprefix(_CLAIM)),
        )


def surroundings(
    tx: Transaction, deal: Deal, opportunities: Sequence[OpenOpportunity]
) -> Surroundings:
    """What the conflict rules look at: the other deals of now, and the opportunities that sales told of."""
    return Surroundings(_protected(tx, deal), _waiting(tx, deal), opportunities)


def converted_into(tx: Transaction, deal_id: str, opportunity_id: str) -> Deal | None:
    """The deal that this opportunity of sales came of; None if it came of none of ours.

    Errors: Unavailable(DEAL_CONVERTING) while that is not certain yet.
    """
    deal = _certain(tx, deal_id)
    return deal if deal is not None and deal.opportunity_id == opportunity_id else None


def handed_over_as(tx: Transaction, deal_id: str, handover_id: str) -> Deal | None:
    """The deal that sales took over in this handover; None if it was none of ours.

    Errors: Unavailable(DEAL_CONVERTING) while that is not certain yet.
    """
    deal = _certain(tx, deal_id)
    return deal if deal is not None and deal.handover_id == handover_id else None


def due_to_expire(tx: Transaction) -> list[str]:
    """Ids of approved deals whose protection is over, the oldest first."""
    return _ids(tx, deals.c.state == DealState.APPROVED, deals.c.protection_end_time <= tx.now)


def left_converting(tx: Transaction, since: datetime) -> list[str]:
    """Ids of deals whose conversion began before this time and has not ended."""
    return _ids(tx, deals.c.state == DealState.CONVERTING, deals.c.update_time <= since)


def waiting_for_hub(tx: Transaction, since: datetime) -> list[str]:
    """Ids of deals about which the hub was asked before this time and has not answered."""
    return _ids(tx, deals.c.state == DealState.CLEARING, deals.c.clearance_ask_time <= since)


def cleared_under_other_keys(tx: Transaction, key_ids: str) -> list[str]:
    """Ids of deals whose clearance was asked for under other keys than these, or is still to be asked for."""
    column = deals.c.clearance_keys
    # Ranges of the index, where "is not" would read all of the table.
    return _ids(tx, column > "", sa.or_(column < key_ids, column > key_ids))


def _certain(tx: Transaction, deal_id: str) -> Deal | None:
    deal = find(tx, deal_id)
    if deal is not None and deal.state is DealState.CONVERTING:
        raise Unavailable("DEAL_CONVERTING")
    return deal


def _ids(tx: Transaction, *conditions: sa.ColumnElement[bool]) -> list[str]:
    statement = sa.select(deals.c.id).where(*conditions).order_by(deals.c.protection_end_time)
    return list(tx.execute(statement.limit(500)).scalars())


def _protected(tx: Transaction, deal: Deal) -> list[Registration]:
    keys = [_CLAIM + key for key in deal.keys]
    found: dict[str, str] = {}
    for claim in claims.held_by_others(tx, keys, deal.id):
        found.setdefault(claim.holder_id, identifier_of(claim.key.removeprefix(_CLAIM)))
    rows = tx.execute(
        sa.select(deals.c.id, deals.c.partner_id, deals.c.complete_time)
        .where(deals.c.id.in_(found))
        .order_by(deals.c.id)
    )
    return [Registration(r.id, r.partner_id, r.complete_time, found[r.id]) for r in rows]


def _waiting(tx: Transaction, deal: Deal) -> list[Registration]:
    shared = (
        sa.select(deal_keys.c.deal_id, sa.func.min(deal_keys.c.key).label("key"))
        .where(deal_keys.c.key.in_(deal.keys), deal_keys.c.deal_id != deal.id)
        .group_by(deal_keys.c.deal_id)
        .subquery()
    )
    rows = tx.execute(
        sa.select(deals.c.id, deals.c.partner_id, deals.c.complete_time, shared.c.key)
        .join(shared, shared.c.deal_id == deals.c.id)
        .where(deals.c.state.in_(WAITING))
        .order_by(deals.c.complete_time, deals.c.id)
    )
    return [Registration(r.id, r.partner_id, r.complete_time, identifier_of(r.key)) for r in rows]
