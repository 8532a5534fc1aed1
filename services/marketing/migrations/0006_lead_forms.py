"""Forms through which people become leads."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, UtcDateTime, text_type

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lead_forms",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("secret", text_type(100), nullable=False),
        sa.Column("name", text_type(200), nullable=False),
        sa.Column("campaign_id", Id, nullable=False),
        sa.Column("source", Id, nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("required_fields", Json, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
    )
    op.create_index("ix_lead_forms_create_time", "lead_forms", ["create_time", "id"])


def downgrade() -> None:
    op.drop_table("lead_forms")
