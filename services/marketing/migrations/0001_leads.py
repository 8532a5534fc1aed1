"""Leads."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, LongText, UtcDateTime, text_type

revision = "0001"
down_revision = None
branch_labels = ("marketing",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leads",
        sa.Column("id", Id, primary_key=True),
        sa.Column("given_name", text_type(100), nullable=False),
        sa.Column("family_name", text_type(100), nullable=False),
        sa.Column("company", text_type(200), nullable=False),
        sa.Column("email", text_type(254), nullable=False),
        sa.Column("phone", text_type(40), nullable=False),
        sa.Column("country", Id, nullable=False),
        sa.Column("city", text_type(100), nullable=False),
        sa.Column("postal_code", text_type(20), nullable=False),
        sa.Column("street", text_type(200), nullable=False),
        sa.Column("interest", LongText, nullable=False),
        sa.Column("source", Id, nullable=False),
        sa.Column("campaign_id", Id, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
        sa.Column("disqualify_reason", Id),
        sa.Column("disqualify_note", LongText, nullable=False),
        sa.Column("first_response_due_time", UtcDateTime),
        sa.Column("first_response_time", UtcDateTime),
        sa.Column("conversion_id", Id, nullable=False),
        sa.Column("partner_id", Id, nullable=False),
        sa.Column("birth_date", Id, nullable=False),
        sa.Column("source_reference", Id, nullable=False),
        sa.Column("source_key", text_type(130)),
        sa.Column("duplicate_match", Id, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.UniqueConstraint("source_key", name="uq_leads_source_key"),
    )
    op.create_index("ix_leads_create_time", "leads", ["create_time", "id"])
    op.create_index("ix_leads_owner_id", "leads", ["owner_id", "create_time"])
    op.create_index("ix_leads_campaign_id", "leads", ["campaign_id", "create_time"])
    op.create_table(
        "lead_keys",
        sa.Column("key", Id, primary_key=True),
        sa.Column("lead_id", Id, sa.ForeignKey("leads.id", ondelete="CASCADE"), primary_key=True),
    )
    op.create_index("ix_lead_keys_lead_id", "lead_keys", ["lead_id"])


def downgrade() -> None:
    op.drop_table("lead_keys")
    op.drop_table("leads")
