"""What regions add to contacts and opportunities."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Json

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("extensions", Json, nullable=False, server_default="{}"))
    op.add_column(
        "opportunities", sa.Column("extensions", Json, nullable=False, server_default="{}")
    )


def downgrade() -> None:
    op.drop_column("opportunities", "extensions")
    op.drop_column("contacts", "extensions")
