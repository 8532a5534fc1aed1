"""Assets."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, UtcDateTime, text_type

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assets",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("product_id", Id, nullable=False),
        sa.Column("product_name", text_type(200), nullable=False),
        sa.Column("product_name_zh", text_type(200), nullable=False),
        sa.Column("sku", Id, nullable=False),
        sa.Column("serial", text_type(100), nullable=False),
        sa.Column("serial_key", text_type(200), unique=True),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("order_id", Id, nullable=False),
        sa.Column("order_line_id", Id, nullable=False),
        sa.Column("location", text_type(200), nullable=False),
        sa.Column("warranty_start_date", Id, nullable=False),
        sa.Column("warranty_end_date", Id, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("retire_reason", text_type(1000), nullable=False),
        sa.Column("origin", text_type(200), unique=True),
    )
    op.create_index("ix_assets_account_id", "assets", ["account_id", "create_time"])
    op.create_index("ix_assets_create_time", "assets", ["create_time", "id"])
    op.create_index("ix_assets_order_id", "assets", ["order_id"])
    op.create_index("ix_assets_warranty_end_date", "assets", ["warranty_end_date", "id"])
