"""Imports of files of leads."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Bytes, Id, Json, UtcDateTime, text_type

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lead_imports",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("source", Id, nullable=False),
        sa.Column("campaign_id", Id, nullable=False),
        sa.Column("file_name", text_type(200), nullable=False),
        sa.Column("default_country", Id, nullable=False),
        sa.Column("mapping", Json, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("digest", Id, nullable=False),
        sa.Column("ignored_columns", Json, nullable=False),
        sa.Column("rows_total", sa.BigInteger, nullable=False),
        sa.Column("rows_done", sa.BigInteger, nullable=False),
        sa.Column("rows_created", sa.BigInteger, nullable=False),
        sa.Column("rows_skipped", sa.BigInteger, nullable=False),
        sa.Column("rows_failed", sa.BigInteger, nullable=False),
        sa.Column("duplicates_flagged", sa.BigInteger, nullable=False),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
        sa.Column("finish_time", UtcDateTime),
        sa.Column("lease_time", UtcDateTime),
    )
    op.create_index("ix_lead_imports_create_time", "lead_imports", ["create_time", "id"])
    op.create_index("ix_lead_imports_state", "lead_imports", ["state", "create_time"])
    op.create_index("ix_lead_imports_digest", "lead_imports", ["digest"])
    op.create_table(
        "lead_import_pieces",
        sa.Column(
            "import_id", Id, sa.ForeignKey("lead_imports.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("content", Bytes, nullable=False),
    )
    op.create_table(
        "lead_import_errors",
        sa.Column(
            "import_id", Id, sa.ForeignKey("lead_imports.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("row_number", sa.Integer, primary_key=True),
        sa.Column("field", Id, primary_key=True),
        sa.Column("reason", Id, nullable=False),
        sa.Column("params", Json, nullable=False),
        sa.Column("cells", Json, nullable=False),
    )


def downgrade() -> None:
    for table in ("lead_import_errors", "lead_import_pieces", "lead_imports"):
        op.drop_table(table)
