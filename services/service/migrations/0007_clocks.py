"""SLA clocks."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clocks",
        sa.Column("id", Id, primary_key=True),
        sa.Column("case_id", Id, sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("kind", Id, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("calendar_id", Id, nullable=False),
        sa.Column("breach_time", UtcDateTime),
        sa.Column("next_check_time", UtcDateTime),
        sa.UniqueConstraint("case_id", "kind", "round", name="uq_clocks_case_id_kind_round"),
    )
    op.create_index("ix_clocks_calendar_id", "clocks", ["calendar_id"])
    op.create_index("ix_clocks_next_check_time", "clocks", ["next_check_time"])
    op.create_table(
        "clock_segments",
        sa.Column("clock_id", Id, sa.ForeignKey("clocks.id"), primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("phase", Id, nullable=False),
        sa.Column("reason", Id, nullable=False),
        sa.Column("start_time", UtcDateTime, nullable=False),
        sa.Column("target_minutes", sa.Integer, nullable=False),
        sa.Column("sla_policy_id", Id, nullable=False),
        sa.Column("calendar_id", Id, nullable=False),
    )
    op.create_table(
        "clock_escalations",
        sa.Column("clock_id", Id, sa.ForeignKey("clocks.id"), primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at_percent", sa.Integer, nullable=False),
        sa.Column("action", Id, nullable=False),
        sa.Column("role", Id, nullable=False),
        sa.Column("team_id", Id, nullable=False),
        sa.Column("fire_time", UtcDateTime, nullable=False),
        sa.UniqueConstraint(
            "clock_id",
            "at_percent",
            "action",
            "role",
            "team_id",
            name="uq_clock_escalations_clock_id_at_percent_action_role_team_id",
        ),
    )
