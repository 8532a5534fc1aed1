"""Messages."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, LongText, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", Id, primary_key=True),
        sa.Column("case_id", Id, sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("kind", Id, nullable=False),
        sa.Column("direction", Id, nullable=False),
        sa.Column("channel", Id, nullable=False),
        sa.Column("body", LongText, nullable=False),
        sa.Column("author_id", Id, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("origin_case_id", Id, nullable=False),
    )
    op.create_index("ix_messages_case_id", "messages", ["case_id", "create_time"])
