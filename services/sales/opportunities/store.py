"""Opportunities in the database, with the stages that each has been at."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, LongText, UtcDateTime, text_type
from chassis.extensions import values
from chassis.extensions.tables import extensions_column
from chassis.listing import Listing
from chassis.records.rows import from_row, to_row
from services.sales.opportunities.domain import Opportunity, OpportunityState
from services.sales.opportunities.visits import StageVisit
from services.sales.tables import metadata

#: How many open deals are looked at.
MOST_DEALS = 200

#: What requests and declarations of extension fields call an opportunity.
RESOURCE = "opportunity"

opportunities = tables.record_table(
    "opportunities",
    metadata,
    sa.Column("name", text_type(200), nullable=False),
    sa.Column("account_id", Id, nullable=False),
    sa.Column("contact_id", Id, nullable=False),
    sa.Column("pipeline_id", Id, nullable=False),
    sa.Column("amount_minor", sa.BigInteger),
    sa.Column("amount_currency", Id),
    sa.Column("expected_close_date", Id, nullable=False),
    sa.Column("product_line", Id, nullable=False),
    sa.Column("product_line_key", text_type(180), nullable=False),
    sa.Column("competitors", Json, nullable=False),
    sa.Column("team", Json, nullable=False),
    sa.Column("next_step", text_type(500), nullable=False),
    sa.Column("campaign_id", Id, nullable=False),
    sa.Column("lead_id", Id, nullable=False),
    sa.Column("partner_id", Id, nullable=False),
    sa.Column("deal_id", Id, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "OPPORTUNITY_STATE_"}),
    sa.Column("stage", Id, nullable=False),
    sa.Column("global_stage", Id, nullable=False, info={"enum_prefix": "GLOBAL_STAGE_"}),
    sa.Column("activity", text_type(80), nullable=False),
    sa.Column("probability_percent", sa.Integer, nullable=False),
    sa.Column("stage_enter_time", UtcDateTime, nullable=False),
    sa.Column("rotting_time", UtcDateTime),
    sa.Column("checked_items", Json, nullable=False),
    sa.Column("loss_reason", Id, info={"enum_prefix": "LOSS_REASON_"}),
    sa.Column("loss_note", LongText, nullable=False),
    sa.Column("lost_to", text_type(100), nullable=False),
    sa.Column("close_time", UtcDateTime),
    *tables.ownership(),
    extensions_column(),
    sa.Index("ix_opportunities_create_time", "create_time", "id"),
    sa.Index("ix_opportunities_account_id", "account_id", "create_time"),
    sa.Index("ix_opportunities_contact_id", "contact_id"),
    sa.Index("ix_opportunities_owner_id", "owner_id", "create_time"),
    sa.Index("ix_opportunities_partner_id", "partner_id", "create_time"),
    sa.Index("ix_opportunities_pipeline_id", "pipeline_id", "state", "stage"),
    sa.Index("ix_opportunities_expected_close_date", "expected_close_date", "id"),
)

opportunity_stage_visits = sa.Table(
    "opportunity_stage_visits",
    metadata,
    sa.Column("opportunity_id", Id, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("stage", Id, nullable=False),
    sa.Column("global_stage", Id, nullable=False),
    sa.Column("enter_time", UtcDateTime, nullable=False),
    sa.Column("leave_time", UtcDateTime),
    sa.Column("moved_by_id", Id, nullable=False),
    sa.Column("reason", text_type(500), nullable=False),
)

LISTING = Listing(
    opportunities,
    fields=(
        "name",
        "account_id",
        "contact_id",
        "pipeline_id",
        "amount_minor",
        "amount_currency",
        "expected_close_date",
        "product_line",
        "campaign_id",
        "lead_id",
        "partner_id",
        "deal_id",
        "state",
        "stage",
        "global_stage",
        "activity",
        "probability_percent",
        "rotting_time",
        "loss_reason",
        "close_time",
        "owner_id",
        "team_id",
        "business_unit_id",
        "create_time",
        "update_time",
    ),
    default_order="create_time desc",
    extensions=RESOURCE,
)


def get(tx: Transaction, opportunity_id: str, etag: str = "") -> Opportunity:
    """An opportunity that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, opportunities, Opportunity, opportunity_id, etag=etag)


def add(tx: Transaction, opportunity: Opportunity) -> None:
    """Write a new opportunity and its first stage visit."""
    tables.insert(tx, opportunities, opportunity)
    enter_stage(tx, opportunity)


def save(tx: Transaction, opportunity: Opportunity) -> None:
    """Write a changed opportunity. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, opportunities, opportunity)


def remove(tx: Transaction, opportunity: Opportunity) -> None:
    """Delete an opportunity and its stage visits. Errors: CONCURRENT_CHANGE."""
    of_it = opportunity_stage_visits.c.opportunity_id == opportunity.id
    tx.execute(sa.delete(opportunity_stage_visits).where(of_it))
    values.forget(tx, opportunity)
    tables.delete(tx, opportunities, opportunity)


def enter_stage(tx: Transaction, opportunity: Opportunity, reason: str = "") -> None:
    """Note that it came to the stage that it is at now."""
    visit = StageVisit(
        opportunity_id=opportunity.id,
        position=len(visits(tx, opportunity.id)) + 1,
        stage=opportunity.stage,
        global_stage=opportunity.global_stage,
        enter_time=tx.now,
        moved_by_id=tx.call.identity.subject,
        reason=reason,
    )
    tx.execute(sa.insert(opportunity_stage_visits), to_row(visit))


def leave_stage(tx: Transaction, opportunity: Opportunity) -> None:
    """Note that it left the stage that it was at."""
    table = opportunity_stage_visits
    tx.execute(
        sa.update(table)
        .where(table.c.opportunity_id == opportunity.id, table.c.leave_time.is_(None))
        .values(leave_time=tx.now)
    )


def visits(tx: Transaction, opportunity_id: str) -> list[StageVisit]:
    """The stages that it has been at, the first one first."""
    table = opportunity_stage_visits
    rows = tx.execute(
        sa.select(table).where(table.c.opportunity_id == opportunity_id).order_by(table.c.position)
    )
    return [from_row(StageVisit, row) for row in rows]


def open_for(
    tx: Transaction, account_ids: Collection[str], product_line_key: str
) -> list[Opportunity]:
    """The open opportunities of these accounts for a product line, whoever may see them.

    One whose product line is open counts for every line; an empty key asks for all. The oldest first.
    """
    statement = sa.select(opportunities).where(
        opportunities.c.account_id.in_(list(account_ids)),
        opportunities.c.state == OpportunityState.OPEN,
    )
    if product_line_key:
        lines = (product_line_key, "")
        statement = statement.where(opportunities.c.product_line_key.in_(lines))
    rows = tx.execute(
        statement.order_by(opportunities.c.create_time, opportunities.c.id).limit(MOST_DEALS)
    )
    return [from_row(Opportunity, row) for row in rows]


def occupied_stages(tx: Transaction, pipeline_id: str) -> list[str]:
    """The stages of a pipeline at which there are opportunities that are open or could be reopened."""
    statement = (
        sa.select(opportunities.c.stage)
        .distinct()
        .where(opportunities.c.pipeline_id == pipeline_id)
        .order_by(opportunities.c.stage)
    )
    return list(tx.execute(statement).scalars())
