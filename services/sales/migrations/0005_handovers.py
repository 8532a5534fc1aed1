"""Handovers."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handovers",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("source_id", Id, nullable=False),
        sa.Column("lead_id", Id, nullable=False),
        sa.Column("campaign_id", Id, nullable=False),
        sa.Column("partner_id", Id, nullable=False),
        sa.Column("deal_id", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("account_created", sa.Boolean, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("contact_created", sa.Boolean, nullable=False),
        sa.Column("contact_joined", sa.Boolean, nullable=False),
        sa.Column("opportunity_id", Id, nullable=False),
        sa.Column("opportunity_created", sa.Boolean, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.UniqueConstraint("source_id", name="uq_handovers_source_id"),
    )
    op.create_index("ix_handovers_create_time", "handovers", ["create_time", "id"])
    op.create_index("ix_handovers_lead_id", "handovers", ["lead_id"])
    op.create_index("ix_handovers_owner_id", "handovers", ["owner_id", "create_time"])


def downgrade() -> None:
    op.drop_table("handovers")
