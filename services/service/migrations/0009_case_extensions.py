"""What regions add to cases."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Json

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("extensions", Json, nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("cases", "extensions")
