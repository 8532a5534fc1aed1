"""What regions add to accounts."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Json

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("extensions", Json, nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("accounts", "extensions")
