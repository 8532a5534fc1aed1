"""Credits for won revenue in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.database import Id, UtcDateTime, text_type
from chassis.listing import Listing
from chassis.records.rows import to_row
from services.marketing.attribution.domain import Attribution
from services.marketing.tables import metadata

attributions = sa.Table(
    "attributions",
    metadata,
    sa.Column("id", text_type(80), primary_key=True),
    sa.Column("opportunity_id", Id, nullable=False),
    sa.Column("model", Id, nullable=False, info={"enum_prefix": "ATTRIBUTION_MODEL_"}),
    sa.Column("campaign_id", Id, nullable=False),
    sa.Column("lead_id", Id, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("amount_currency", Id, nullable=False),
    sa.Column("close_time", UtcDateTime, nullable=False),
    sa.Index("ix_attributions_opportunity_id", "opportunity_id"),
    sa.Index("ix_attributions_campaign_id", "campaign_id", "model"),
    sa.Index("ix_attributions_close_time", "close_time", "id"),
)

LISTING = Listing(
    attributions,
    fields=("opportunity_id", "model", "campaign_id", "lead_id", "close_time"),
    default_order="close_time desc",
)


def replace(tx: Transaction, opportunity_id: str, credits: Sequence[Attribution]) -> None:
    """Write an opportunity's credits in the place of what was there."""
    tx.execute(sa.delete(attributions).where(attributions.c.opportunity_id == opportunity_id))
    if credits:
        tx.execute(sa.insert(attributions), [to_row(each) for each in credits])


def revenue_of(tx: Transaction, campaign_ids: Sequence[str]) -> Sequence[sa.Row[Any]]:
    """Wins and revenue of these campaigns together, by model and currency."""
    columns = attributions.c
    statement = sa.select(
        columns.model,
        columns.amount_currency,
        sa.func.count().label("wins"),
        sa.func.sum(columns.amount_minor).label("revenue_minor"),
    ).where(columns.campaign_id.in_(campaign_ids))
    return tx.execute(statement.group_by(columns.model, columns.amount_currency)).all()
