"""Service contracts."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contracts",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("number", Id, nullable=False, unique=True),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("sla_policy_id", Id, sa.ForeignKey("sla_policies.id"), nullable=False),
        sa.Column("start_date", Id, nullable=False),
        sa.Column("end_date", Id, nullable=False),
    )
    op.create_index("ix_contracts_account_id", "contracts", ["account_id", "end_date"])
    op.create_index("ix_contracts_end_date", "contracts", ["end_date", "id"])
    op.create_index("ix_contracts_sla_policy_id", "contracts", ["sla_policy_id"])
