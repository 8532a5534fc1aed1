"""What regions add to leads."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Json

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("leads", sa.Column("extensions", Json, nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("leads", "extensions")
