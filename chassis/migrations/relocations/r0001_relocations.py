"""Customers that leave for another region, and copies of those that are to come from one."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Bytes, Id, Json, UtcDateTime, text_type

revision = "r0001"
down_revision = None
branch_labels = ("relocations",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "relocations",
        sa.Column("id", Id, primary_key=True),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("to_region", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False),
        sa.Column("team_id", Id, nullable=False),
        sa.Column("business_unit_id", Id, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("digest", text_type(64), nullable=False),
        sa.Column("known_ids", Json, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("delay", text_type(200), nullable=False),
        sa.Column("due_time", UtcDateTime),
        sa.Column("create_time", UtcDateTime, nullable=False),
    )
    op.create_index("ix_relocations_due_time", "relocations", ["due_time"])
    op.create_index("ix_relocations_account_id", "relocations", ["account_id"])
    op.create_table(
        "relocation_pieces",
        sa.Column("move_id", Id, primary_key=True),
        sa.Column("digest", text_type(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("from_region", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False),
        sa.Column("team_id", Id, nullable=False),
        sa.Column("business_unit_id", Id, nullable=False),
        sa.Column("content", Bytes, nullable=False),
        sa.Column("receive_time", UtcDateTime, nullable=False),
    )
    op.create_table(
        "relocation_ends",
        sa.Column("move_id", Id, primary_key=True),
        sa.Column("end_time", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("relocation_ends")
    op.drop_table("relocation_pieces")
    op.drop_table("relocations")
