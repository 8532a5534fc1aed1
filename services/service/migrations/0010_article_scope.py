"""Where articles are for: so far, all are for the region that wrote them."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    scope = sa.Column("scope", Id, nullable=False, server_default="regional")
    op.add_column("articles", scope)


def downgrade() -> None:
    op.drop_column("articles", "scope")
