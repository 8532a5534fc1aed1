"""By which claim the rows of a move arrived last."""

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "relocation_ends", sa.Column("arrived", sa.Integer, nullable=False, server_default="-1")
    )


def downgrade() -> None:
    op.drop_column("relocation_ends", "arrived")
