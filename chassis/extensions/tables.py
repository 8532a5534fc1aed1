"""The tables of a service with extensible resources: its copy of the declarations, and an index of the values.

A record keeps its values in a column of its own; the index repeats them one by one, so that lists can be
filtered by them on every database engine.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from chassis.database import Id, Json, text_type
from chassis.extensions.declarations import LONGEST_TEXT

DECLARATIONS = "extension_declarations"
VALUES = "extension_values"


def add_tables(metadata: sa.MetaData) -> None:
    """Add both tables to a service's metadata; `migrate` then makes them."""
    sa.Table(
        DECLARATIONS,
        metadata,
        sa.Column("extension_field_id", Id, primary_key=True),
        sa.Column("resource", Id, nullable=False),
        sa.Column("name", Id, nullable=False),
        sa.Column("type", Id, nullable=False),
        sa.Column("required", sa.Boolean, nullable=False),
        sa.Column("choices", Json, nullable=False),
        sa.Column("retired_choices", Json, nullable=False),
        sa.Column("max_length", sa.Integer, nullable=False),
        sa.Column("minimum", Id, nullable=False),
        sa.Column("maximum", Id, nullable=False),
        sa.Column("retired", sa.Boolean, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
    )
    sa.Table(
        VALUES,
        metadata,
        sa.Column("record_id", Id, primary_key=True),
        sa.Column("name", Id, primary_key=True),
        # Of several values of one field, which.
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("resource", Id, nullable=False),
        sa.Column("text_value", text_type(LONGEST_TEXT)),
        sa.Column("number_value", sa.Double),
        sa.Index("ix_extension_values_text", "resource", "name", "text_value", "record_id"),
        sa.Index("ix_extension_values_number", "resource", "name", "number_value", "record_id"),
    )


def extensions_column() -> sa.Column[Any]:
    """The column in which a record of an extensible resource keeps its values."""
    return sa.Column("extensions", Json, nullable=False, server_default="{}")
