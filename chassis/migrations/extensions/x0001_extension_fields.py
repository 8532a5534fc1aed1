"""The copy of the declared extension fields, and the index of their values."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, text_type

revision = "x0001"
down_revision = None
branch_labels = ("extensions",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "extension_declarations",
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
    op.create_table(
        "extension_values",
        sa.Column("record_id", Id, primary_key=True),
        sa.Column("name", Id, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("resource", Id, nullable=False),
        sa.Column("text_value", text_type(400)),
        sa.Column("number_value", sa.Double),
    )
    op.create_index(
        "ix_extension_values_text",
        "extension_values",
        ["resource", "name", "text_value", "record_id"],
    )
    op.create_index(
        "ix_extension_values_number",
        "extension_values",
        ["resource", "name", "number_value", "record_id"],
    )


def downgrade() -> None:
    op.drop_table("extension_values")
    op.drop_table("extension_declarations")
