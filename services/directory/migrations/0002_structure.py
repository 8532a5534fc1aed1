"""Roles, business units and teams."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, LongText, UtcDateTime, text_type

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "roles",
        sa.Column("id", Id, primary_key=True),
        sa.Column("slug", Id, nullable=False),
        sa.Column("name", text_type(80), nullable=False),
        sa.Column("name_zh", text_type(80), nullable=False),
        sa.Column("description", LongText, nullable=False),
        sa.Column("grants", Json, nullable=False),
        sa.Column("built_in", sa.Boolean, nullable=False),
        *_versioned(),
    )
    op.create_index("ix_roles_create_time", "roles", ["create_time", "id"])
    op.create_table(
        "business_units",
        sa.Column("id", Id, primary_key=True),
        sa.Column("name", text_type(120), nullable=False),
        sa.Column("parent_id", Id, nullable=False),
        *_versioned(),
    )
    op.create_index("ix_business_units_create_time", "business_units", ["create_time", "id"])
    op.create_index("ix_business_units_parent_id", "business_units", ["parent_id"])
    op.create_table(
        "teams",
        sa.Column("id", Id, primary_key=True),
        sa.Column("name", text_type(120), nullable=False),
        sa.Column("business_unit_id", Id, nullable=False),
        *_versioned(),
    )
    op.create_index("ix_teams_create_time", "teams", ["create_time", "id"])
    op.create_index("ix_teams_business_unit_id", "teams", ["business_unit_id"])


def downgrade() -> None:
    op.drop_table("teams")
    op.drop_table("business_units")
    op.drop_table("roles")


def _versioned() -> list[sa.Column[object]]:
    return [
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
    ]
