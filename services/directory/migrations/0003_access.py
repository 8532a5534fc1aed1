"""Sessions, API keys, linked identities and revocations."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, UtcDateTime, text_type

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sessions",
        *_owned(),
        sa.Column("state", Id, nullable=False),
        sa.Column("client", text_type(200), nullable=False),
        sa.Column("family_digest", text_type(64), nullable=False),
        sa.Column("turn_digest", text_type(64), nullable=False),
        sa.Column("last_use_time", UtcDateTime, nullable=False),
        sa.Column("expire_time", UtcDateTime, nullable=False),
        sa.Column("end_time", UtcDateTime),
        sa.Column("end_reason", Id),
    )
    op.create_index("ix_sessions_create_time", "sessions", ["create_time", "id"])
    op.create_index("ix_sessions_owner_id", "sessions", ["owner_id", "create_time"])
    op.create_index("ix_sessions_expire_time", "sessions", ["expire_time"])
    op.create_table(
        "api_keys",
        *_owned(),
        sa.Column("name", text_type(120), nullable=False),
        sa.Column("role_ids", Json, nullable=False),
        sa.Column("expire_time", UtcDateTime, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("digest", text_type(64), nullable=False),
        sa.Column("last_use_time", UtcDateTime),
        sa.Column("revoke_time", UtcDateTime),
    )
    op.create_index("ix_api_keys_create_time", "api_keys", ["create_time", "id"])
    op.create_index("ix_api_keys_owner_id", "api_keys", ["owner_id", "create_time"])
    op.create_table(
        "linked_identities",
        *_owned(),
        sa.Column("issuer", text_type(255), nullable=False),
        sa.Column("subject", text_type(255), nullable=False),
        sa.UniqueConstraint("issuer", "subject", name="uq_linked_identities_issuer_subject"),
    )
    op.create_index("ix_linked_identities_create_time", "linked_identities", ["create_time", "id"])
    op.create_index(
        "ix_linked_identities_owner_id", "linked_identities", ["owner_id", "create_time"]
    )
    op.create_table(
        "revocations",
        sa.Column("id", Id, primary_key=True),
        sa.Column("session_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("before_time", UtcDateTime, nullable=False),
        sa.Column("expire_time", UtcDateTime, nullable=False),
    )
    op.create_index("ix_revocations_before_time", "revocations", ["before_time"])
    op.create_index("ix_revocations_expire_time", "revocations", ["expire_time"])


def downgrade() -> None:
    op.drop_table("revocations")
    op.drop_table("linked_identities")
    op.drop_table("api_keys")
    op.drop_table("sessions")


def _owned() -> list[sa.Column[object]]:
    return [
        sa.Column("id", Id, primary_key=True),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
    ]
