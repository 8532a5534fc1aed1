"""Price books and their entries."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, UtcDateTime, text_type

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "price_books",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("name", text_type(200), nullable=False),
        sa.Column("region", Id, nullable=False),
        sa.Column("currency", Id, nullable=False),
        sa.Column("channel", Id, nullable=False),
        sa.Column("start_date", Id, nullable=False),
        sa.Column("end_date", Id, nullable=False),
    )
    op.create_table(
        "price_book_entries",
        sa.Column("id", Id, primary_key=True),
        sa.Column("price_book_id", Id, nullable=False),
        sa.Column("product_id", Id, nullable=False),
        sa.Column("list_price_minor", sa.BigInteger, nullable=False),
        sa.Column("list_price_currency", Id, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.UniqueConstraint(
            "price_book_id", "product_id", name="uq_price_book_entries_price_book_id_product_id"
        ),
    )
    op.create_index("ix_price_books_create_time", "price_books", ["create_time", "id"])
    op.create_index("ix_price_books_currency", "price_books", ["currency", "region"])


def downgrade() -> None:
    op.drop_table("price_book_entries")
    op.drop_table("price_books")
