"""Activities."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, LongText, UtcDateTime, text_type

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activities",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("kind", Id, nullable=False),
        sa.Column("title", text_type(200), nullable=False),
        sa.Column("description", LongText, nullable=False),
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("priority", Id, nullable=False),
        sa.Column("due_time", UtcDateTime),
        sa.Column("start_time", UtcDateTime),
        sa.Column("end_time", UtcDateTime),
        sa.Column("time_zone", Id, nullable=False),
        sa.Column("location", text_type(400), nullable=False),
        sa.Column("participants", Json, nullable=False),
        sa.Column("reminder_minutes", sa.Integer),
        sa.Column("state", Id, nullable=False),
        sa.Column("outcome", LongText, nullable=False),
        sa.Column("close_time", UtcDateTime),
        sa.Column("reminder_time", UtcDateTime),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
    )
    op.create_index("ix_activities_create_time", "activities", ["create_time", "id"])
    op.create_index("ix_activities_owner_id", "activities", ["owner_id", "state", "due_time"])
    op.create_index("ix_activities_reminder_time", "activities", ["reminder_time"])
    op.create_index("ix_activities_subject_id", "activities", ["subject_id", "create_time"])


def downgrade() -> None:
    op.drop_table("activities")
