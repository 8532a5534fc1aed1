"""Deals are cleared with other regions; those that are protected already are still to be asked for."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, UtcDateTime, text_type

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clearances",
        sa.Column("id", text_type(80), primary_key=True),
        sa.Column("deal_id", Id, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("region", Id, nullable=False),
        sa.Column("decision", Id),
        sa.Column("conflicting_deal_id", Id, nullable=False),
        sa.Column("conflicting_region", Id, nullable=False),
        sa.Column("identifier", Id, nullable=False),
        sa.Column("decide_time", UtcDateTime),
        sa.Column("released", sa.Boolean, nullable=False),
    )
    op.create_index("ix_clearances_deal_id", "clearances", ["deal_id", "number"])
    op.create_index("ix_clearances_decide_time", "clearances", ["decide_time", "id"])
    op.add_column("deals", sa.Column("clearing_time", UtcDateTime))
    op.add_column("deals", sa.Column("clearance_ask_time", UtcDateTime))
    for name in ("clearance_number", "protection_days"):
        op.add_column("deals", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    op.add_column(
        "deals", sa.Column("clearance_keys", text_type(100), nullable=False, server_default="")
    )
    op.create_index("ix_deals_clearance_keys", "deals", ["clearance_keys"])
    op.execute(
        "UPDATE deals SET clearance_keys = '-'"
        " WHERE state IN ('approved', 'converting') OR outcome = 'open'"
    )


def downgrade() -> None:
    op.drop_index("ix_deals_clearance_keys", "deals")
    for name in (
        "clearance_keys",
        "protection_days",
        "clearance_number",
        "clearance_ask_time",
        "clearing_time",
    ):
        op.drop_column("deals", name)
    op.drop_table("clearances")
