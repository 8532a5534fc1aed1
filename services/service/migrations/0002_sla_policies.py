"""SLA policies."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, UtcDateTime, text_type

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sla_policies",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("name", text_type(100), nullable=False),
        sa.Column("entitlement_kind", Id, nullable=False),
        sa.Column("calendar_id", Id, sa.ForeignKey("calendars.id"), nullable=False),
        sa.Column("targets", Json, nullable=False),
        sa.Column("escalation_steps", Json, nullable=False),
        sa.Column("pausing_reasons", Json, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("active_slot", Id, unique=True),
    )
    op.create_index("ix_sla_policies_calendar_id", "sla_policies", ["calendar_id"])
    op.create_index("ix_sla_policies_create_time", "sla_policies", ["create_time", "id"])
