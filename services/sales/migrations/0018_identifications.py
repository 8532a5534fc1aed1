"""By what customers were announced to other regions; those that are there already are still to be announced."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, text_type

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identifications",
        sa.Column("customer_id", Id, primary_key=True),
        sa.Column("customer_type", Id, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("key_ids", text_type(100), nullable=False),
        sa.Column("digest", text_type(64), nullable=False),
    )
    op.create_index("ix_identifications_key_ids", "identifications", ["key_ids"])
    op.execute(
        "INSERT INTO identifications (customer_id, customer_type, sequence, key_ids, digest)"
        " SELECT DISTINCT holder_id, holder_kind, 0, '', '' FROM identifiers"
        " WHERE type IN ('email', 'phone', 'tax_id')"
    )


def downgrade() -> None:
    op.drop_table("identifications")
