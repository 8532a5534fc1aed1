"""Customers who go to live in another region."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, UtcDateTime, text_type

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer_moves",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("from_region", Id, nullable=False),
        sa.Column("to_region", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False),
        sa.Column("team_id", Id, nullable=False),
        sa.Column("business_unit_id", Id, nullable=False),
        sa.Column("reason", text_type(1000), nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("parts", Json, nullable=False),
        sa.Column("departures", Json, nullable=False),
        sa.Column("failure", Json),
        sa.Column("requested_by_id", Id, nullable=False),
        sa.Column("cancelled_by_id", Id, nullable=False),
        sa.Column("cancel_reason", text_type(1000), nullable=False),
        sa.Column("answer_time", UtcDateTime),
        sa.Column("depart_time", UtcDateTime),
        sa.Column("close_time", UtcDateTime),
        sa.Column("open_account_id", Id),
        sa.Column("waiting_since_time", UtcDateTime),
        sa.UniqueConstraint("open_account_id", name="uq_customer_moves_open_account_id"),
    )
    table = "customer_moves"
    op.create_index("ix_customer_moves_create_time", table, ["create_time", "id"])
    op.create_index("ix_customer_moves_account_id", table, ["account_id", "create_time"])
    op.create_index("ix_customer_moves_state", table, ["state", "create_time"])
    op.create_index("ix_customer_moves_waiting_since_time", table, ["waiting_since_time"])


def downgrade() -> None:
    op.drop_table("customer_moves")
