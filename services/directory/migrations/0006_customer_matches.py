"""Hashes of the customers of all regions, and the matches between them."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, UtcDateTime, text_type

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hashed_customers",
        sa.Column("customer_id", Id, primary_key=True),
        sa.Column("region", Id, primary_key=True),
        sa.Column("customer_type", Id, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "customer_hashes",
        sa.Column("hash", text_type(64), primary_key=True),
        sa.Column("customer_id", Id, primary_key=True),
        sa.Column("region", Id, primary_key=True),
        sa.Column("customer_type", Id, nullable=False),
        sa.Column("kind", Id, nullable=False),
        sa.Column("key_id", Id, nullable=False),
    )
    op.create_index("ix_customer_hashes_customer_id", "customer_hashes", ["customer_id", "region"])
    op.create_index(
        "ix_customer_hashes_region", "customer_hashes", ["region", "key_id", "customer_id"]
    )
    op.create_table(
        "crowded_hashes",
        sa.Column("id", text_type(64), primary_key=True),
        sa.Column("kind", Id, nullable=False),
        sa.Column("key_id", Id, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
    )
    op.create_index("ix_crowded_hashes_create_time", "crowded_hashes", ["create_time", "id"])
    op.create_table(
        "customer_matches",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("customer_type", Id, nullable=False),
        sa.Column("other_customer_id", Id, nullable=False),
        sa.Column("other_customer_type", Id, nullable=False),
        sa.Column("other_region", Id, nullable=False),
        sa.Column("kinds", Json, nullable=False),
        sa.Column("strength", Id, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("dismiss_reason", Id),
        sa.Column("decider_id", Id, nullable=False),
        sa.Column("decide_time", UtcDateTime),
        sa.Column("hashes", Json, nullable=False),
        sa.UniqueConstraint("customer_id", "other_customer_id", name="uq_customer_matches_pair"),
    )
    op.create_index("ix_customer_matches_create_time", "customer_matches", ["create_time", "id"])
    op.create_index(
        "ix_customer_matches_other_customer_id", "customer_matches", ["other_customer_id"]
    )
    op.create_index("ix_customer_matches_state", "customer_matches", ["state", "create_time"])


def downgrade() -> None:
    for table in ("customer_matches", "crowded_hashes", "customer_hashes", "hashed_customers"):
        op.drop_table(table)
