"""Claims and deals, with the keys of their customers and the decisions about them."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, LongText, UtcDateTime, text_type

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("key", text_type(400), primary_key=True),
        sa.Column("holder_id", Id, nullable=False),
        sa.Column("take_time", UtcDateTime, nullable=False),
    )
    op.create_index("ix_claims_holder_id", "claims", ["holder_id"])
    op.create_table(
        "deals",
        sa.Column("id", Id, primary_key=True),
        sa.Column("partner_id", Id, nullable=False),
        sa.Column("reference", text_type(100), nullable=False),
        sa.Column("customer", Json),
        sa.Column("contact", Json),
        sa.Column("product_line", Id, nullable=False),
        sa.Column("expected_amount_minor", sa.BigInteger),
        sa.Column("expected_amount_currency", Id),
        sa.Column("expected_close_date", Id, nullable=False),
        sa.Column("description", LongText, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("complete_time", UtcDateTime),
        sa.Column("approve_time", UtcDateTime),
        sa.Column("protection_end_time", UtcDateTime),
        sa.Column("commission_rate_bp", sa.Integer, nullable=False),
        sa.Column("reject_reason", Id),
        sa.Column("conversion", Json),
        sa.Column("outcome", Id),
        sa.Column("handover_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("opportunity_id", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
    )
    op.create_index("ix_deals_create_time", "deals", ["create_time", "id"])
    op.create_index("ix_deals_partner_id", "deals", ["partner_id", "create_time"])
    op.create_index("ix_deals_owner_id", "deals", ["owner_id", "create_time"])
    op.create_index("ix_deals_state", "deals", ["state", "protection_end_time"])
    op.create_table(
        "deal_keys",
        sa.Column("deal_id", Id, primary_key=True),
        sa.Column("key", text_type(400), primary_key=True),
    )
    op.create_index("ix_deal_keys_key", "deal_keys", ["key"])
    op.create_table(
        "deal_decisions",
        sa.Column("id", Id, primary_key=True),
        sa.Column("deal_id", Id, nullable=False),
        sa.Column("partner_id", Id, nullable=False),
        sa.Column("verdict", Id, nullable=False),
        sa.Column("note", LongText, nullable=False),
        sa.Column("findings", Json, nullable=False),
        sa.Column("actor_id", Id, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
    )
    op.create_index("ix_deal_decisions_deal_id", "deal_decisions", ["deal_id", "create_time"])


def downgrade() -> None:
    for table in ("deal_decisions", "deal_keys", "deals", "claims"):
        op.drop_table(table)
