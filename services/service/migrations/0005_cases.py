"""Cases."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, LongText, UtcDateTime, text_type

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("subject", text_type(200), nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("description", LongText, nullable=False),
        sa.Column("kind", Id, nullable=False),
        sa.Column("category", Id, nullable=False),
        sa.Column("channel", Id, nullable=False),
        sa.Column("priority", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("asset_id", Id, nullable=False),
        sa.Column("account_verified", sa.Boolean, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("pending_reason", Id),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
        sa.Column("resolution", LongText, nullable=False),
        sa.Column("complaint", Json),
        sa.Column("parent_id", Id, nullable=False),
        sa.Column("merged_into_id", Id, nullable=False),
        sa.Column("split_from_id", Id, nullable=False),
        sa.Column("reopen_count", sa.Integer, nullable=False),
        sa.Column("escalation_count", sa.Integer, nullable=False),
        sa.Column("due_time", UtcDateTime),
        sa.Column("breached", sa.Boolean, nullable=False),
        sa.Column("entitlement", Json, nullable=False),
        sa.Column("first_response_time", UtcDateTime),
        sa.Column("resolve_time", UtcDateTime),
        sa.Column("close_time", UtcDateTime),
        sa.Column("auto_close_time", UtcDateTime),
    )
    op.create_index("ix_cases_account_id", "cases", ["account_id", "create_time"])
    op.create_index("ix_cases_auto_close_time", "cases", ["auto_close_time"])
    op.create_index("ix_cases_create_time", "cases", ["create_time", "id"])
    op.create_index("ix_cases_owner_id", "cases", ["owner_id", "create_time"])
    op.create_index("ix_cases_parent_id", "cases", ["parent_id"])
    op.create_index("ix_cases_state", "cases", ["state", "create_time"])
    op.create_index("ix_cases_team_id", "cases", ["team_id", "create_time"])
