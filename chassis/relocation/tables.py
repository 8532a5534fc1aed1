"""What a service keeps about customers that leave it, and about copies of those that are to come."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.database import Bytes, Id, Json, UtcDateTime, text_type

RELOCATIONS = "relocations"
PIECES = "relocation_pieces"
ENDS = "relocation_ends"
#: The claim from which on copies of a move are kept that is over: none has it.
OVER = (1 << 31) - 1
#: The claim of the latest arrival of a move by which nothing arrived.
NEVER = -1


def add_tables(metadata: sa.MetaData) -> None:
    """Add relocations, relocation_pieces and relocation_ends to a service's metadata."""
    sa.Table(
        RELOCATIONS,
        metadata,
        sa.Column("id", Id, primary_key=True),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("to_region", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False),
        sa.Column("team_id", Id, nullable=False),
        sa.Column("business_unit_id", Id, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("digest", text_type(64), nullable=False),
        sa.Column("known_ids", Json, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("delay", text_type(200), nullable=False),
        sa.Column("claim", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due_time", UtcDateTime),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Index("ix_relocations_due_time", "due_time"),
        sa.Index("ix_relocations_account_id", "account_id"),
    )
    sa.Table(
        PIECES,
        metadata,
        sa.Column("move_id", Id, primary_key=True),
        sa.Column("digest", text_type(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("from_region", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False),
        sa.Column("team_id", Id, nullable=False),
        sa.Column("business_unit_id", Id, nullable=False),
        sa.Column("content", Bytes, nullable=False),
        sa.Column("claim", sa.Integer, nullable=False, server_default="0"),
        sa.Column("receive_time", UtcDateTime, nullable=False),
    )
    sa.Table(
        ENDS,
        metadata,
        sa.Column("move_id", Id, primary_key=True),
        sa.Column("end_time", UtcDateTime, nullable=False),
        sa.Column("claim", sa.Integer, nullable=False, server_default=str(OVER)),
        sa.Column("arrived", sa.Integer, nullable=False, server_default=str(NEVER)),
    )
