"""Users are found by the customer or partner whose people they are."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_users_account_id", "users", ["account_id", "create_time"])
    op.create_index("ix_users_partner_id", "users", ["partner_id", "create_time"])


def downgrade() -> None:
    op.drop_index("ix_users_partner_id", "users")
    op.drop_index("ix_users_account_id", "users")
