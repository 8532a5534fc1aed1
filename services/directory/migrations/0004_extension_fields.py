"""Extension fields."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "extension_fields",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("resource", Id, nullable=False),
        sa.Column("name", Id, nullable=False),
        sa.Column("type", Id, nullable=False),
        sa.Column("required", sa.Boolean, nullable=False),
        sa.Column("choices", Json, nullable=False),
        sa.Column("label", Json, nullable=False),
        sa.Column("help", Json),
        sa.Column("max_length", sa.Integer, nullable=False),
        sa.Column("minimum", Id, nullable=False),
        sa.Column("maximum", Id, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("announce_time", UtcDateTime, nullable=False),
        sa.UniqueConstraint("resource", "name", name="uq_extension_fields_resource_name"),
    )
    op.create_index("ix_extension_fields_create_time", "extension_fields", ["create_time", "id"])
    op.create_index("ix_extension_fields_announce_time", "extension_fields", ["announce_time"])


def downgrade() -> None:
    op.drop_table("extension_fields")
