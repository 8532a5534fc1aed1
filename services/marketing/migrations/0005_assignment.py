"""Assignment rules and decisions."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, UtcDateTime, text_type

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assignment_rules",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("name", text_type(200), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("countries", Json, nullable=False),
        sa.Column("sources", Json, nullable=False),
        sa.Column("campaign_ids", Json, nullable=False),
        sa.Column("skill", Id, nullable=False),
        sa.Column("strategy", Id, nullable=False),
        sa.Column("members", Json, nullable=False),
        sa.Column("first_response_minutes", sa.Integer, nullable=False),
        sa.Column("last_user_id", Id, nullable=False),
    )
    op.create_index("ix_assignment_rules_position", "assignment_rules", ["position", "id"])
    op.create_table(
        "assignment_decisions",
        sa.Column("id", Id, primary_key=True),
        sa.Column("lead_id", Id, sa.ForeignKey("leads.id", ondelete="CASCADE"), nullable=False),
        sa.Column("rule_id", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False),
        sa.Column("steps", Json, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
    )
    for column in ("lead_id", "owner_id"):
        op.create_index(
            f"ix_assignment_decisions_{column}", "assignment_decisions", [column, "create_time"]
        )


def downgrade() -> None:
    op.drop_table("assignment_decisions")
    op.drop_table("assignment_rules")
