"""What a replica of reference data remembers of the hub, and what the hub sends again."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, UtcDateTime, text_type

revision = "c0002"
down_revision = "c0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reference_replica",
        sa.Column("hub", Id, primary_key=True),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("digest", text_type(64), nullable=False),
        sa.Column("state_time", UtcDateTime),
        sa.Column("agree_time", UtcDateTime),
        sa.Column("differing", sa.Integer, nullable=False),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("request_time", UtcDateTime),
        sa.Column("progress_time", UtcDateTime),
    )
    op.create_table(
        "reference_copies",
        sa.Column("id", Id, primary_key=True),
        sa.Column("noun", Id, nullable=False),
        sa.Column("after_id", Id, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("start_time", UtcDateTime),
        sa.Column("finish_time", UtcDateTime),
    )


def downgrade() -> None:
    for table in ("reference_copies", "reference_replica"):
        op.drop_table(table)
