"""What every service keeps beside its nouns: outbox, inbox, dead letters, streams, idempotency keys."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Bytes, Counter, Id, Json, LongText, UtcDateTime, text_type

revision = "c0001"
down_revision = None
branch_labels = ("chassis",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("position", Counter, primary_key=True, autoincrement=True),
        sa.Column("event_id", Id, nullable=False),
        sa.Column("subject", text_type(200), nullable=False),
        sa.Column("aggregate_id", Id, nullable=False),
        sa.Column("payload", Bytes, nullable=False),
        sa.Column("headers", Json, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("publish_time", UtcDateTime),
        sa.UniqueConstraint("event_id", name="uq_outbox_event_id"),
    )
    pending = sa.text("publish_time IS NULL")
    op.create_index(
        "ix_outbox_pending",
        "outbox",
        ["publish_time", "position"],
        postgresql_where=pending,
        sqlite_where=pending,
    )
    op.create_table(
        "inbox",
        sa.Column("consumer", Id, primary_key=True),
        sa.Column("event_id", Id, primary_key=True),
        sa.Column("receive_time", UtcDateTime, nullable=False),
    )
    op.create_index("ix_inbox_receive_time", "inbox", ["receive_time"])
    op.create_table(
        "dead_letters",
        sa.Column("id", Id, primary_key=True),
        sa.Column("consumer", Id, nullable=False),
        sa.Column("event_id", Id, nullable=False),
        sa.Column("subject", text_type(200), nullable=False),
        sa.Column("payload", Bytes, nullable=False),
        sa.Column("headers", Json, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", LongText, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("resolve_time", UtcDateTime),
        sa.Column("resolution", text_type(500), nullable=False, server_default=""),
        sa.UniqueConstraint("consumer", "event_id", name="uq_dead_letters_consumer"),
    )
    op.create_table(
        "streams",
        sa.Column("name", text_type(100), primary_key=True),
        sa.Column("birth", text_type(60), nullable=False),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("subject", Id, primary_key=True),
        sa.Column("key", text_type(200), primary_key=True),
        sa.Column("method", text_type(200), nullable=False),
        sa.Column("request_hash", Id, nullable=False),
        sa.Column("response", Bytes, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
    )
    op.create_index("ix_idempotency_keys_create_time", "idempotency_keys", ["create_time"])


def downgrade() -> None:
    for table in ("idempotency_keys", "streams", "dead_letters", "inbox", "outbox"):
        op.drop_table(table)
