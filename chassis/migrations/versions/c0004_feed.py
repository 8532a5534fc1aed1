"""The change feed: which publication brought an event into the stream."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Counter, Id

revision = "c0004"
down_revision = "c0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feed",
        sa.Column("single", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("life", Id, nullable=False),
        sa.Column("publications", Counter, nullable=False),
    )
    op.add_column("outbox", sa.Column("publication", Counter))
    published = sa.text("publication IS NOT NULL")
    op.create_index(
        "ix_outbox_publication",
        "outbox",
        ["publication", "position"],
        postgresql_where=published,
        sqlite_where=published,
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_publication", "outbox")
    op.drop_column("outbox", "publication")
    op.drop_table("feed")
