"""Price rules."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, UtcDateTime, text_type

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "price_rules",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("name", text_type(200), nullable=False),
        sa.Column("product_id", Id, nullable=False),
        sa.Column("product_line", Id, nullable=False),
        sa.Column("price_book_id", Id, nullable=False),
        sa.Column("channel", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("start_date", Id, nullable=False),
        sa.Column("end_date", Id, nullable=False),
        sa.Column("kind", Id, nullable=False),
        sa.Column("fixed_price_minor", sa.BigInteger),
        sa.Column("fixed_price_currency", Id),
        sa.Column("discount_basis_points", sa.Integer, nullable=False),
        sa.Column("formula", text_type(200), nullable=False),
        sa.Column("quantity_breaks", Json, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("stacking", Id, nullable=False),
    )
    op.create_index("ix_price_rules_create_time", "price_rules", ["create_time", "id"])
    op.create_index("ix_price_rules_product_id", "price_rules", ["product_id", "account_id"])
    op.create_index("ix_price_rules_product_line", "price_rules", ["product_line", "id"])
    op.create_index("ix_price_rules_account_id", "price_rules", ["account_id", "id"])


def downgrade() -> None:
    op.drop_table("price_rules")
