"""Accounts, and the index of identifiers."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, UtcDateTime, text_type

revision = "0001"
down_revision = None
branch_labels = ("sales",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identifiers",
        sa.Column("holder_id", Id, primary_key=True),
        sa.Column("key", text_type(460), primary_key=True),
        sa.Column("holder_kind", Id, nullable=False),
        sa.Column("type", Id, nullable=False),
        sa.Column("company_domain", text_type(254), nullable=False),
        sa.Column("unique_key", text_type(470)),
        sa.UniqueConstraint("unique_key", name="uq_identifiers_unique_key"),
    )
    op.create_index(
        "ix_identifiers_company_domain", "identifiers", ["company_domain", "holder_kind"]
    )
    op.create_index("ix_identifiers_key", "identifiers", ["key", "holder_kind"])
    op.create_table(
        "accounts",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("name", text_type(200), nullable=False),
        sa.Column("kind", Id, nullable=False),
        sa.Column("identifiers", Json, nullable=False),
        sa.Column("addresses", Json, nullable=False),
        sa.Column("industry", Id, nullable=False),
        sa.Column("parent_account_id", Id, nullable=False),
        sa.Column("partner_id", Id, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
        sa.Column("possible_duplicate", sa.Boolean, nullable=False),
        sa.Column("name_key", text_type(200), nullable=False),
    )
    op.create_index("ix_accounts_create_time", "accounts", ["create_time", "id"])
    op.create_index("ix_accounts_name", "accounts", ["name", "id"])
    op.create_index("ix_accounts_name_key", "accounts", ["name_key"])
    op.create_index("ix_accounts_owner_id", "accounts", ["owner_id", "create_time"])
    op.create_index("ix_accounts_parent_account_id", "accounts", ["parent_account_id"])
    op.create_index("ix_accounts_partner_id", "accounts", ["partner_id", "create_time"])


def downgrade() -> None:
    op.drop_table("accounts")
    op.drop_table("identifiers")
