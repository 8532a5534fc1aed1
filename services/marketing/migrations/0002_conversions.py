"""Conversions."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversions",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("lead_id", Id, nullable=False),
        sa.Column("plan", Json, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("handover_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("account_created", sa.Boolean, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("contact_created", sa.Boolean, nullable=False),
        sa.Column("opportunity_id", Id, nullable=False),
        sa.Column("failure_reason", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
    )
    op.create_index("ix_conversions_create_time", "conversions", ["create_time", "id"])
    op.create_index("ix_conversions_lead_id", "conversions", ["lead_id"])
    op.create_index("ix_conversions_opportunity_id", "conversions", ["opportunity_id"])
    op.create_index("ix_conversions_state", "conversions", ["state", "update_time"])


def downgrade() -> None:
    op.drop_table("conversions")
