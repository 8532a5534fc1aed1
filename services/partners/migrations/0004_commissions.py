"""Commissions and their ledger."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, LongText, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "commissions",
        sa.Column("id", Id, primary_key=True),
        sa.Column("partner_id", Id, nullable=False),
        sa.Column("deal_id", Id, nullable=False),
        sa.Column("opportunity_id", Id, nullable=False),
        sa.Column("base_amount_minor", sa.BigInteger, nullable=False),
        sa.Column("base_amount_currency", Id, nullable=False),
        sa.Column("rate_bp", sa.Integer, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("amount_currency", Id, nullable=False),
        sa.Column("win_time", UtcDateTime, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
    )
    op.create_index("ix_commissions_create_time", "commissions", ["create_time", "id"])
    op.create_index("ix_commissions_partner_id", "commissions", ["partner_id", "create_time"])
    op.create_index("ix_commissions_deal_id", "commissions", ["deal_id"])
    op.create_table(
        "commission_entries",
        sa.Column("id", Id, primary_key=True),
        sa.Column("commission_id", Id, nullable=False),
        sa.Column("partner_id", Id, nullable=False),
        sa.Column("deal_id", Id, nullable=False),
        sa.Column("kind", Id, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("amount_currency", Id, nullable=False),
        sa.Column("period", Id, nullable=False),
        sa.Column("note", LongText, nullable=False),
        sa.Column("actor_id", Id, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
        sa.UniqueConstraint(
            "commission_id", "kind", name="uq_commission_entries_commission_id_kind"
        ),
    )
    op.create_index(
        "ix_commission_entries_create_time", "commission_entries", ["create_time", "id"]
    )
    op.create_index(
        "ix_commission_entries_partner_id", "commission_entries", ["partner_id", "period"]
    )


def downgrade() -> None:
    op.drop_table("commission_entries")
    op.drop_table("commissions")
