"""What regions add to partners."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Json

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("partners", sa.Column("extensions", Json, nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("partners", "extensions")
