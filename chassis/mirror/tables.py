"""What a service keeps about its replica, and in the hub about what it sends again."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.database import Id, UtcDateTime, text_type


def add_tables(metadata: sa.MetaData) -> None:
    """Add reference_replica and reference_copies to a service's metadata."""
    sa.Table(
        "reference_replica",
        metadata,
        sa.Column("hub", Id, primary_key=True),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("digest", text_type(64), nullable=False),
        sa.Column("state_time", UtcDateTime),
        sa.Column("agree_time", UtcDateTime),
        sa.Column("differing", sa.Integer, nullable=False),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("request_time", UtcDateTime),
        sa.Column("progress_time", UtcDateTime),
    )
    sa.Table(
        "reference_copies",
        metadata,
        sa.Column("id", Id, primary_key=True),
        sa.Column("noun", Id, nullable=False),
        sa.Column("after_id", Id, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("start_time", UtcDateTime),
        sa.Column("finish_time", UtcDateTime),
    )
