"""Quotes, and discount limits to begin with."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, LongText, UtcDateTime, text_type

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

#: Basis points; an administrator changes them by UpdateDiscountLimit.
STANDARD_LIMITS = {
    "sales_representative": 1000,
    "sales_manager": 3000,
    "regional_administrator": 10_000,
}


def upgrade() -> None:
    op.create_table(
        "quotes",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("series_id", Id, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("name", text_type(200), nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("opportunity_id", Id, nullable=False),
        sa.Column("price_book_id", Id, nullable=False),
        sa.Column("channel", Id, nullable=False),
        sa.Column("valid_until_date", Id, nullable=False),
        sa.Column("terms", LongText, nullable=False),
        sa.Column("lines", Json, nullable=False),
        sa.Column("discount_basis_points", sa.Integer, nullable=False),
        sa.Column("currency", Id, nullable=False),
        sa.Column("gross_minor", sa.BigInteger, nullable=False),
        sa.Column("gross_currency", Id, nullable=False),
        sa.Column("subtotal_minor", sa.BigInteger, nullable=False),
        sa.Column("subtotal_currency", Id, nullable=False),
        sa.Column("total_minor", sa.BigInteger, nullable=False),
        sa.Column("total_currency", Id, nullable=False),
        sa.Column("total_discount_basis_points", sa.Integer, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("submitter_id", Id, nullable=False),
        sa.Column("approver_id", Id, nullable=False),
        sa.Column("rejection_note", LongText, nullable=False),
        sa.Column("send_time", UtcDateTime),
        sa.Column("answer_time", UtcDateTime),
        sa.Column("accepter_id", Id, nullable=False),
        sa.Column("acceptance_reference", text_type(200), nullable=False),
        sa.Column("decline_reason", Id),
        sa.Column("decline_note", LongText, nullable=False),
        sa.Column("superseded_by_id", Id, nullable=False),
        sa.Column("order_id", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
    )
    op.create_table(
        "discount_limits",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("limit_basis_points", sa.Integer, nullable=False),
    )
    op.create_index("ix_quotes_create_time", "quotes", ["create_time", "id"])
    op.create_index("ix_quotes_owner_id", "quotes", ["owner_id", "create_time"])
    op.create_index("ix_quotes_account_id", "quotes", ["account_id", "create_time"])
    op.create_index("ix_quotes_opportunity_id", "quotes", ["opportunity_id", "create_time"])
    op.create_index("ix_quotes_series_id", "quotes", ["series_id", "revision"])
    op.create_index("ix_quotes_state", "quotes", ["state", "valid_until_date"])
    limits = sa.table(
        "discount_limits",
        sa.column("id", Id),
        sa.column("limit_basis_points", sa.Integer),
        sa.column("version", sa.Integer),
        sa.column("create_time", UtcDateTime),
        sa.column("update_time", UtcDateTime),
    )
    now = datetime.now(UTC)
    beginning = {"version": 1, "create_time": now, "update_time": now}
    op.bulk_insert(
        limits,
        [
            {"id": role, "limit_basis_points": limit, **beginning}
            for role, limit in STANDARD_LIMITS.items()
        ],
    )


def downgrade() -> None:
    op.drop_table("discount_limits")
    op.drop_table("quotes")
