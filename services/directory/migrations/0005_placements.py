"""Where records live that have moved to another region."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "placements",
        sa.Column("id", Id, primary_key=True),
        sa.Column("home_region", Id, nullable=False),
        sa.Column("since_time", UtcDateTime, nullable=False),
        sa.Column("move_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
    )
    op.create_index("ix_placements_since_time", "placements", ["since_time", "id"])
    op.create_index("ix_placements_move_id", "placements", ["move_id"])
    op.create_index("ix_placements_account_id", "placements", ["account_id"])
