"""Touchpoints in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.database import Id, UtcDateTime
from chassis.listing import Listing
from chassis.records.rows import from_row, to_row
from services.marketing.tables import metadata
from services.marketing.touchpoints.domain import Touchpoint, TouchpointKind

touchpoints = sa.Table(
    "touchpoints",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("lead_id", Id, sa.ForeignKey("leads.id", ondelete="CASCADE"), nullable=False),
    sa.Column("campaign_id", Id, nullable=False),
    sa.Column("kind", Id, nullable=False, info={"enum_prefix": "TOUCHPOINT_KIND_"}),
    sa.Column("occur_time", UtcDateTime, nullable=False),
    sa.Column("create_time", UtcDateTime, nullable=False),
    sa.Index("ix_touchpoints_lead_id", "lead_id", "occur_time"),
    sa.Index("ix_touchpoints_campaign_id", "campaign_id"),
)

LISTING = Listing(
    touchpoints, fields=("campaign_id", "kind", "occur_time"), default_order="occur_time"
)


def add(tx: Transaction, touchpoint: Touchpoint) -> None:
    """Write a touchpoint."""
    tx.execute(sa.insert(touchpoints), to_row(touchpoint))


def capture(tx: Transaction, captured: Sequence[tuple[str, str]]) -> None:
    """Note for new leads, as (lead id, campaign id), that the campaign brought them."""
    rows = [
        to_row(
            Touchpoint(tx.new_id("touch"), lead, campaign, TouchpointKind.CAPTURE, tx.now, tx.now)
        )
        for lead, campaign in captured
    ]
    if rows:
        tx.execute(sa.insert(touchpoints), rows)


def of_lead(tx: Transaction, lead_id: str, until: datetime) -> list[Touchpoint]:
    """A lead's touchpoints up to a moment, the earliest first."""
    reached = sa.select(touchpoints).where(
        touchpoints.c.lead_id == lead_id, touchpoints.c.occur_time <= until
    )
    rows = tx.execute(reached.order_by(touchpoints.c.occur_time, touchpoints.c.id))
    return [from_row(Touchpoint, row) for row in rows]
