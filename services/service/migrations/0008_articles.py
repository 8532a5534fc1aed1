"""Knowledge articles."""

import sqlalchemy as sa
from alembic import op

from chassis.database import Id, LongText, UtcDateTime, text_type

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "articles",
        sa.Column("id", Id, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
        sa.Column("update_time", UtcDateTime, nullable=False),
        sa.Column("title", text_type(200), nullable=False),
        sa.Column("body", LongText, nullable=False),
        sa.Column("language", Id, nullable=False),
        sa.Column("audience", Id, nullable=False),
        sa.Column("category", Id, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("version_number", sa.Integer, nullable=False),
        sa.Column("publish_time", UtcDateTime),
        sa.Column("changed", sa.Boolean, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False, server_default=""),
        sa.Column("team_id", Id, nullable=False, server_default=""),
        sa.Column("business_unit_id", Id, nullable=False, server_default=""),
    )
    op.create_index("ix_articles_create_time", "articles", ["create_time", "id"])
    op.create_index("ix_articles_update_time", "articles", ["update_time", "id"])
    op.create_table(
        "article_versions",
        sa.Column("article_id", Id, sa.ForeignKey("articles.id"), primary_key=True),
        sa.Column("version_number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("title", text_type(200), nullable=False),
        sa.Column("body", LongText, nullable=False),
        sa.Column("published_by_id", Id, nullable=False),
        sa.Column("publish_time", UtcDateTime, nullable=False),
    )
    op.create_table(
        "article_feedback",
        sa.Column("article_id", Id, sa.ForeignKey("articles.id"), primary_key=True),
        sa.Column("reader_id", Id, primary_key=True),
        sa.Column("helpful", sa.Boolean, nullable=False),
        sa.Column("comment", text_type(1000), nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
    )
    op.create_table(
        "article_tokens",
        sa.Column("token", text_type(60), primary_key=True),
        sa.Column("article_id", Id, sa.ForeignKey("articles.id"), primary_key=True),
        sa.Column("weight", sa.Integer, nullable=False),
    )
    op.create_index("ix_article_tokens_article_id", "article_tokens", ["article_id"])
    op.create_table(
        "case_articles",
        sa.Column("case_id", Id, sa.ForeignKey("cases.id"), primary_key=True),
        sa.Column("article_id", Id, sa.ForeignKey("articles.id"), primary_key=True),
        sa.Column("linked_by_id", Id, nullable=False),
        sa.Column("create_time", UtcDateTime, nullable=False),
    )
    op.create_index("ix_case_articles_article_id", "case_articles", ["article_id"])
