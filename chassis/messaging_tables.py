"""The tables behind "never lost": what was announced, what was received, what could not be handled.

They live in each service's own database, so that an event is written in the transaction of the
change it tells of, and an effect in the transaction of the receipt.
"""

from __future__ import annotations

import sqlalchemy as sa

from chassis.database import Bytes, Counter, Id, Json, LongText, UtcDateTime, text_type


def add_tables(metadata: sa.MetaData) -> None:
    """Add outbox, inbox, dead_letters and streams to a service's metadata."""
    outbox = sa.Table(
        "outbox",
        metadata,
        sa.Column("position", Counter, primary_key=True, autoincrement=True),
        sa.Column("event_id", Id, nullable=False, unique=True),
        sa.Column("subject", text_type(200), nullable=False),
        sa.Column("aggregate_id", Id, nullable=False),
        sa.Column("payload", Bytes, nullable=False),
        sa.Column("headers", Json, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("publish_time", UtcDateTime),
        sa.Column("publication", Counter),
    )
    pending = outbox.c.publish_time.is_(None)
    sa.Index(
        "ix_outbox_pending",
        outbox.c.publish_time,
        outbox.c.position,
        postgresql_where=pending,
        sqlite_where=pending,
    )
    published = outbox.c.publication.is_not(None)
    sa.Index(
        "ix_outbox_publication",
        outbox.c.publication,
        outbox.c.position,
        postgresql_where=published,
        sqlite_where=published,
    )
    sa.Table(
        "inbox",
        metadata,
        sa.Column("consumer", Id, primary_key=True),
        sa.Column("event_id", Id, primary_key=True),
        sa.Column("receive_time", UtcDateTime, nullable=False, index=True),
    )
    sa.Table(
        "dead_letters",
        metadata,
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
    sa.Table(
        "streams",
        metadata,
        sa.Column("name", text_type(100), primary_key=True),
        sa.Column("birth", text_type(60), nullable=False),
    )
