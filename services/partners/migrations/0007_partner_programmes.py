"""Partner programmes."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, LongText, UtcDateTime, text_type

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "partner_programmes",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("name", text_type(200), nullable=False),
        sa.Column("name_zh", text_type(200), nullable=False),
        sa.Column("description", LongText, nullable=False),
        sa.Column("tiers", Json, nullable=False),
        sa.Column("state", Id, nullable=False),
    )
    for columns in (["create_time", "id"], ["name", "id"]):
        op.create_index(f"ix_partner_programmes_{columns[0]}", "partner_programmes", columns)


def downgrade() -> None:
    op.drop_table("partner_programmes")
