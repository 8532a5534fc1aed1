"""Which claim of a relocation a copy was sent under, and from which on copies are kept."""

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None

#: Moves of which nothing more is kept.
_OVER = "2147483647"


def upgrade() -> None:
    for table, default in (
        ("relocations", "0"),
        ("relocation_pieces", "0"),
        ("relocation_ends", _OVER),
    ):
        op.add_column(table, sa.Column("claim", sa.Integer, nullable=False, server_default=default))


def downgrade() -> None:
    for table in ("relocation_ends", "relocation_pieces", "relocations"):
        op.drop_column(table, "claim")
