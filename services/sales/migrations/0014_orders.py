"""Orders with their deliveries, serial numbers and ledger."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, LongText, UtcDateTime, text_type

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("quote_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("opportunity_id", Id, nullable=False),
        sa.Column("price_book_id", Id, nullable=False),
        sa.Column("channel", Id, nullable=False),
        sa.Column("customer_reference", text_type(100), nullable=False),
        sa.Column("lines", Json, nullable=False),
        sa.Column("currency", Id, nullable=False),
        sa.Column("total_minor", sa.BigInteger, nullable=False),
        sa.Column("total_currency", Id, nullable=False),
        sa.Column("billable_minor", sa.BigInteger, nullable=False),
        sa.Column("billable_currency", Id, nullable=False),
        sa.Column("invoiced_minor", sa.BigInteger, nullable=False),
        sa.Column("invoiced_currency", Id, nullable=False),
        sa.Column("paid_minor", sa.BigInteger, nullable=False),
        sa.Column("paid_currency", Id, nullable=False),
        sa.Column("refunded_minor", sa.BigInteger, nullable=False),
        sa.Column("refunded_currency", Id, nullable=False),
        sa.Column("commercial_state", Id, nullable=False),
        sa.Column("fulfilment_state", Id, nullable=False),
        sa.Column("invoice_state", Id, nullable=False),
        sa.Column("payment_state", Id, nullable=False),
        sa.Column("cancel_reason", Id),
        sa.Column("cancel_note", LongText, nullable=False),
        sa.Column("place_time", UtcDateTime),
        sa.Column("confirm_time", UtcDateTime),
        sa.Column("close_time", UtcDateTime),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
    )
    op.create_table(
        "fulfilments",
        sa.Column("id", Id, primary_key=True),
        sa.Column("order_id", Id, nullable=False),
        sa.Column("line_id", Id, nullable=False),
        sa.Column("kind", Id, nullable=False),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        sa.Column("serials", Json, nullable=False),
        sa.Column("note", LongText, nullable=False),
        sa.Column("actor_id", Id, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
    )
    op.create_table(
        "delivered_serials",
        sa.Column("product_id", Id, primary_key=True),
        sa.Column("serial", Id, primary_key=True),
        sa.Column("order_id", Id, nullable=False),
        sa.Column("line_id", Id, nullable=False),
    )
    op.create_table(
        "order_ledger_entries",
        sa.Column("id", Id, primary_key=True),
        sa.Column("order_id", Id, nullable=False),
        sa.Column("kind", Id, nullable=False),
        sa.Column("reference", text_type(100), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("amount_currency", Id, nullable=False),
        sa.Column("actor_id", Id, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.UniqueConstraint(
            "order_id", "kind", "reference", name="uq_order_ledger_entries_order_id_kind_reference"
        ),
    )
    op.create_index("ix_orders_create_time", "orders", ["create_time", "id"])
    op.create_index("ix_orders_owner_id", "orders", ["owner_id", "create_time"])
    op.create_index("ix_orders_account_id", "orders", ["account_id", "create_time"])
    op.create_index("ix_orders_opportunity_id", "orders", ["opportunity_id", "create_time"])
    op.create_index("ix_orders_quote_id", "orders", ["quote_id"])
    op.create_index("ix_orders_commercial_state", "orders", ["commercial_state", "create_time"])
    op.create_index("ix_fulfilments_order_id", "fulfilments", ["order_id", "create_time"])


def downgrade() -> None:
    op.drop_table("order_ledger_entries")
    op.drop_table("delivered_serials")
    op.drop_table("fulfilments")
    op.drop_table("orders")
