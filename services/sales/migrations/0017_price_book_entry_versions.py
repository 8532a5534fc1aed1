"""Versions of the entries of price books: replicas in other regions compare them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    version = sa.Column("version", sa.Integer, nullable=False, server_default="1")
    op.add_column("price_book_entries", version)


def downgrade() -> None:
    op.drop_column("price_book_entries", "version")
