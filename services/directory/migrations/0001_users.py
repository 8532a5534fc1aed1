"""Users and their credentials."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, UtcDateTime, text_type

revision = "0001"
down_revision = None
branch_labels = ("directory",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", Id, primary_key=True),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
        sa.Column("email", text_type(254), nullable=False),
        sa.Column("sign_in_name", text_type(254)),
        sa.Column("name", text_type(120), nullable=False),
        sa.Column("kind", Id, nullable=False),
        sa.Column("locale", Id, nullable=False),
        sa.Column("time_zone", Id, nullable=False),
        sa.Column("partner_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("role_ids", Json, nullable=False),
        sa.Column("team_ids", Json, nullable=False),
        sa.Column("locked_until_time", UtcDateTime),
        sa.Column("last_sign_in_time", UtcDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.UniqueConstraint("sign_in_name", name="uq_users_sign_in_name"),
    )
    op.create_index("ix_users_create_time", "users", ["create_time", "id"])
    op.create_index("ix_users_business_unit_id", "users", ["business_unit_id", "create_time"])
    op.create_index("ix_users_team_id", "users", ["team_id", "create_time"])
    op.create_table(
        "credentials",
        sa.Column("id", Id, primary_key=True),
        sa.Column("password_hash", text_type(200), nullable=False),
        sa.Column("password_time", UtcDateTime),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("token_digest", text_type(64), nullable=False),
        sa.Column("token_expire_time", UtcDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("credentials")
    op.drop_table("users")
