"""Contacts, and the index of their roles at accounts."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, Json, UtcDateTime, text_type

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("given_name", text_type(100), nullable=False),
        sa.Column("family_name", text_type(100), nullable=False),
        sa.Column("job_title", text_type(100), nullable=False),
        sa.Column("language", Id, nullable=False),
        sa.Column("identifiers", Json, nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("partner_id", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
    )
    op.create_index("ix_contacts_create_time", "contacts", ["create_time", "id"])
    op.create_index("ix_contacts_family_name", "contacts", ["family_name", "id"])
    op.create_index("ix_contacts_owner_id", "contacts", ["owner_id", "create_time"])
    op.create_index("ix_contacts_partner_id", "contacts", ["partner_id", "create_time"])
    op.create_table(
        "contact_roles",
        sa.Column("account_id", Id, primary_key=True),
        sa.Column("contact_id", Id, primary_key=True),
    )
    op.create_index("ix_contact_roles_contact_id", "contact_roles", ["contact_id"])


def downgrade() -> None:
    op.drop_table("contact_roles")
    op.drop_table("contacts")
