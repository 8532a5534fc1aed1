"""Pipelines, with the standard one to begin with: the same everywhere, hence born in no one region."""

from dataclasses import asdict
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, UtcDateTime, text_type
from services.sales.pipelines import standard

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pipelines = op.create_table(
        "pipelines",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("name", text_type(100), nullable=False),
        sa.Column("stages", Json, nullable=False),
        sa.Column("is_default", sa.Boolean, nullable=False),
        sa.Column("state", Id, nullable=False),
    )
    op.create_index("ix_pipelines_name", "pipelines", ["name", "id"])
    now = datetime.now(UTC)
    seed = {
        "id": standard.ID,
        "name": standard.NAME,
        "stages": [asdict(stage) for stage in standard.STAGES],
        "is_default": True,
        "state": "active",
        "version": 1,
        "create_time": now,
        "update_time": now,
    }
    op.bulk_insert(pipelines, [seed])


def downgrade() -> None:
    op.drop_table("pipelines")
