"""Products."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, LongText, UtcDateTime, text_type

revision = "0010"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "products",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("sku", Id, nullable=False),
        sa.Column("name", text_type(200), nullable=False),
        sa.Column("name_zh", text_type(200), nullable=False),
        sa.Column("description", LongText, nullable=False),
        sa.Column("product_line", Id, nullable=False),
        sa.Column("unit", Id, nullable=False),
        sa.Column("kind", Id, nullable=False),
        sa.Column("serial_tracked", sa.Boolean, nullable=False),
        sa.Column("warranty_months", sa.Integer, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.UniqueConstraint("sku", name="uq_products_sku"),
    )
    op.create_index("ix_products_create_time", "products", ["create_time", "id"])
    op.create_index("ix_products_product_line", "products", ["product_line", "sku"])


def downgrade() -> None:
    op.drop_table("products")
