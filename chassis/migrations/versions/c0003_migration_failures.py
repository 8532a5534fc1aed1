"""Where it is noted that a migration failed."""

import sqlalchemy as sa
from alembic import op

from chassis.database import LongText, UtcDateTime

revision = "c0003"
down_revision = "c0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "migration_failures",
        sa.Column("fail_time", UtcDateTime, primary_key=True),
        sa.Column("error", LongText, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("migration_failures")
