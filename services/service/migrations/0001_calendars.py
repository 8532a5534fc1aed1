"""Business calendars."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, UtcDateTime, text_type

revision = "0001"
down_revision = None
branch_labels = ("service",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendars",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("name", text_type(100), nullable=False),
        sa.Column("time_zone", Id, nullable=False),
        sa.Column("round_the_clock", sa.Boolean, nullable=False),
        sa.Column("weekdays", Json, nullable=False),
        sa.Column("special_days", Json, nullable=False),
    )
    op.create_index("ix_calendars_create_time", "calendars", ["create_time", "id"])
