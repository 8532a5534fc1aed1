"""Referrals."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, LongText, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "referrals",
        sa.Column("id", Id, primary_key=True),
        sa.Column("lead_id", Id, nullable=False),
        sa.Column("partner_id", Id, nullable=False),
        sa.Column("summary", LongText, nullable=False),
        sa.Column("product_line", Id, nullable=False),
        sa.Column("country", Id, nullable=False),
        sa.Column("estimated_amount_minor", sa.BigInteger),
        sa.Column("estimated_amount_currency", Id),
        sa.Column("response_hours", sa.Integer, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("response_due_time", UtcDateTime, nullable=False),
        sa.Column("response_time", UtcDateTime),
        sa.Column("decline_reason", Id),
        sa.Column("recall_reason", Id),
        sa.Column("note", LongText, nullable=False),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
    )
    op.create_index("ix_referrals_create_time", "referrals", ["create_time", "id"])
    op.create_index("ix_referrals_partner_id", "referrals", ["partner_id", "create_time"])
    op.create_index("ix_referrals_owner_id", "referrals", ["owner_id", "create_time"])
    op.create_index("ix_referrals_lead_id", "referrals", ["lead_id"])
    op.create_index("ix_referrals_state", "referrals", ["state", "response_due_time"])


def downgrade() -> None:
    op.drop_table("referrals")
