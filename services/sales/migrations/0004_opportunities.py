"""Opportunities, and the stages that each has been at."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, LongText, UtcDateTime, text_type

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opportunities",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
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
        sa.Column("state", Id, nullable=False),
        sa.Column("stage", Id, nullable=False),
        sa.Column("global_stage", Id, nullable=False),
        sa.Column("activity", text_type(80), nullable=False),
        sa.Column("probability_percent", sa.Integer, nullable=False),
        sa.Column("stage_enter_time", UtcDateTime, nullable=False),
        sa.Column("rotting_time", UtcDateTime),
        sa.Column("checked_items", Json, nullable=False),
        sa.Column("loss_reason", Id),
        sa.Column("loss_note", LongText, nullable=False),
        sa.Column("lost_to", text_type(100), nullable=False),
        sa.Column("close_time", UtcDateTime),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
    )
    op.create_index("ix_opportunities_account_id", "opportunities", ["account_id", "create_time"])
    op.create_index("ix_opportunities_contact_id", "opportunities", ["contact_id"])
    op.create_index("ix_opportunities_create_time", "opportunities", ["create_time", "id"])
    op.create_index(
        "ix_opportunities_expected_close_date", "opportunities", ["expected_close_date", "id"]
    )
    op.create_index("ix_opportunities_owner_id", "opportunities", ["owner_id", "create_time"])
    op.create_index("ix_opportunities_partner_id", "opportunities", ["partner_id", "create_time"])
    op.create_index(
        "ix_opportunities_pipeline_id", "opportunities", ["pipeline_id", "state", "stage"]
    )
    op.create_table(
        "opportunity_stage_visits",
        sa.Column("opportunity_id", Id, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("stage", Id, nullable=False),
        sa.Column("global_stage", Id, nullable=False),
        sa.Column("enter_time", UtcDateTime, nullable=False),
        sa.Column("leave_time", UtcDateTime),
        sa.Column("moved_by_id", Id, nullable=False),
        sa.Column("reason", text_type(500), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("opportunity_stage_visits")
    op.drop_table("opportunities")
