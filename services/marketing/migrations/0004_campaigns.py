"""Programmes, campaigns, budgets, touchpoints, attributions."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, LongText, UtcDateTime, text_type

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "programmes",
        *_record(),
        sa.Column("name", text_type(200), nullable=False),
        sa.Column("description", LongText, nullable=False),
        sa.Column("start_date", Id, nullable=False),
        sa.Column("end_date", Id, nullable=False),
        *_ownership(),
    )
    op.create_index("ix_programmes_create_time", "programmes", ["create_time", "id"])
    op.create_table(
        "campaigns",
        *_record(),
        sa.Column("programme_id", Id, nullable=False),
        sa.Column("parent_id", Id, nullable=False),
        sa.Column("name", text_type(200), nullable=False),
        sa.Column("description", LongText, nullable=False),
        sa.Column("channel", Id, nullable=False),
        sa.Column("start_date", Id, nullable=False),
        sa.Column("end_date", Id, nullable=False),
        sa.Column("currency", Id, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("planned_minor", sa.BigInteger, nullable=False),
        sa.Column("committed_minor", sa.BigInteger, nullable=False),
        sa.Column("actual_minor", sa.BigInteger, nullable=False),
        sa.Column("cancel_reason", LongText, nullable=False),
        *_ownership(),
        sa.Column("has_entries", sa.Boolean, nullable=False),
    )
    op.create_index("ix_campaigns_create_time", "campaigns", ["create_time", "id"])
    op.create_index("ix_campaigns_programme_id", "campaigns", ["programme_id"])
    op.create_index("ix_campaigns_parent_id", "campaigns", ["parent_id"])
    op.create_table(
        "budget_entries",
        sa.Column("id", Id, primary_key=True),
        sa.Column("campaign_id", Id, sa.ForeignKey("campaigns.id"), nullable=False),
        sa.Column("kind", Id, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("amount_currency", Id, nullable=False),
        sa.Column("entry_date", Id, nullable=False),
        sa.Column("description", LongText, nullable=False),
        sa.Column("reference", Id, nullable=False),
        sa.Column("reverses_id", Id, nullable=False),
        sa.Column("author_id", Id, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
    )
    op.create_index(
        "ix_budget_entries_campaign_id", "budget_entries", ["campaign_id", "create_time"]
    )
    op.create_index("ix_budget_entries_reference", "budget_entries", ["campaign_id", "reference"])
    op.create_index("ix_budget_entries_reverses_id", "budget_entries", ["reverses_id"])
    op.create_table(
        "touchpoints",
        sa.Column("id", Id, primary_key=True),
        sa.Column("lead_id", Id, sa.ForeignKey("leads.id", ondelete="CASCADE"), nullable=False),
        sa.Column("campaign_id", Id, nullable=False),
        sa.Column("kind", Id, nullable=False),
        sa.Column("occur_time", UtcDateTime, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
    )
    op.create_index("ix_touchpoints_lead_id", "touchpoints", ["lead_id", "occur_time"])
    op.create_index("ix_touchpoints_campaign_id", "touchpoints", ["campaign_id"])
    op.create_table(
        "attributions",
        sa.Column("id", text_type(80), primary_key=True),
        sa.Column("opportunity_id", Id, nullable=False),
        sa.Column("model", Id, nullable=False),
        sa.Column("campaign_id", Id, nullable=False),
        sa.Column("lead_id", Id, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("amount_currency", Id, nullable=False),
        sa.Column("close_time", UtcDateTime, nullable=False),
    )
    op.create_index("ix_attributions_opportunity_id", "attributions", ["opportunity_id"])
    op.create_index("ix_attributions_campaign_id", "attributions", ["campaign_id", "model"])
    op.create_index("ix_attributions_close_time", "attributions", ["close_time", "id"])


def downgrade() -> None:
    for table in ("attributions", "touchpoints", "budget_entries", "campaigns", "programmes"):
        op.drop_table(table)


def _record() -> list[sa.Column[object]]:
    return [
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
    ]


def _ownership() -> list[sa.Column[object]]:
    return [
        sa.Column(name, Id, nullable=False, server_default="")
        for name in ("owner_id", "team_id", "business_unit_id")
    ]
