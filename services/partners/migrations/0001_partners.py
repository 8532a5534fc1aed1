"""Partners."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, LongText, UtcDateTime, text_type

revision = "0001"
down_revision = None
branch_labels = ("partners",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "partners",
        sa.Column("id", Id, primary_key=True),
        sa.Column("name", text_type(200), nullable=False),
        sa.Column("legal_name", text_type(200), nullable=False),
        sa.Column("registration_number", Id, nullable=False),
        sa.Column("tax_id", Id, nullable=False),
        sa.Column("website", text_type(300), nullable=False),
        sa.Column("country", Id, nullable=False),
        sa.Column("territories", Json, nullable=False),
        sa.Column("regions", Json, nullable=False),
        sa.Column("contacts", Json, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("tier", Id, nullable=False),
        sa.Column("commission_rate_bp", sa.Integer, nullable=False),
        sa.Column("currency", Id, nullable=False),
        sa.Column("due_diligence", Json, nullable=False),
        sa.Column("agreement_reference", text_type(100), nullable=False),
        sa.Column("agreement_date", Id, nullable=False),
        sa.Column("reason", Id),
        sa.Column("reason_note", LongText, nullable=False),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
    )
    op.create_index("ix_partners_name", "partners", ["name", "id"])
    op.create_index("ix_partners_create_time", "partners", ["create_time", "id"])
    op.create_index("ix_partners_owner_id", "partners", ["owner_id", "create_time"])


def downgrade() -> None:
    op.drop_table("partners")
