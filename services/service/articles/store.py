"""Articles, their published versions and readers' feedback in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, LongText, UtcDateTime, text_type
from chassis.errors import Aborted
from chassis.listing import Listing
from chassis.records.rows import from_row, to_row
from services.service.articles.domain import (
    Article,
    ArticleAudience,
    ArticleState,
    ArticleVersion,
    audiences_of,
)
from services.service.tables import metadata

articles = tables.record_table(
    "articles",
    metadata,
    sa.Column("title", text_type(200), nullable=False),
    sa.Column("body", LongText, nullable=False),
    sa.Column("language", Id, nullable=False, info={"enum_prefix": "ARTICLE_LANGUAGE_"}),
    sa.Column("audience", Id, nullable=False, info={"enum_prefix": "ARTICLE_AUDIENCE_"}),
    sa.Column("category", Id, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "ARTICLE_STATE_"}),
    sa.Column("version_number", sa.Integer, nullable=False),
    sa.Column("publish_time", UtcDateTime),
    sa.Column("changed", sa.Boolean, nullable=False),
    sa.Column("case_id", Id, nullable=False),
    sa.Column(
        "scope",
        Id,
        nullable=False,
        server_default="regional",
        info={"enum_prefix": "ARTICLE_SCOPE_"},
    ),
    *tables.ownership(),
    sa.Index("ix_articles_create_time", "create_time", "id"),
    sa.Index("ix_articles_update_time", "update_time", "id"),
)

article_versions = sa.Table(
    "article_versions",
    metadata,
    sa.Column("article_id", Id, sa.ForeignKey("articles.id"), primary_key=True),
    sa.Column("version_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("title", text_type(200), nullable=False),
    sa.Column("body", LongText, nullable=False),
    sa.Column("published_by_id", Id, nullable=False),
    sa.Column("publish_time", UtcDateTime, nullable=False),
)

article_feedback = sa.Table(
    "article_feedback",
    metadata,
    sa.Column("article_id", Id, sa.ForeignKey("articles.id"), primary_key=True),
    sa.Column("reader_id", Id, primary_key=True),
    sa.Column("helpful", sa.Boolean, nullable=False),
    sa.Column("comment", text_type(1000), nullable=False),
    sa.Column("create_time", UtcDateTime, nullable=False),
)

LISTING = Listing(
    articles,
    fields=(
        "state",
        "language",
        "audience",
        "scope",
        "category",
        "owner_id",
        "create_time",
        "update_time",
    ),
    default_order="update_time desc",
)


def is_staff(tx: Transaction) -> bool:
    """Whether the caller is one of our people, who see drafts."""
    return not (tx.call.identity.account_id or tx.call.identity.partner_id)


def audiences(tx: Transaction) -> tuple[ArticleAudience, ...]:
    """The audiences that the caller belongs to."""
    identity = tx.call.identity
    return audiences_of(partner=bool(identity.partner_id), customer=bool(identity.account_id))


def readable(tx: Transaction) -> sa.ColumnElement[bool]:
    """The articles that the caller may see: our people all, others what is published for them."""
    if is_staff(tx):
        return sa.true()
    published = articles.c.state == ArticleState.PUBLISHED.value
    return published & articles.c.audience.in_([audience.value for audience in audiences(tx)])


def get(tx: Transaction, article_id: str, etag: str = "") -> Article:
    """An article that the caller may change. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, articles, Article, article_id, etag=etag)


def read(tx: Transaction, article_id: str) -> Article:
    """An article as the caller may see it. Errors: NOT_FOUND."""
    visible = sa.and_(articles.c.id == article_id, tables.visible(tx, articles), readable(tx))
    row = tx.execute(sa.select(articles).where(visible)).first()
    if row is None:
        raise tables.not_found(articles, article_id)
    return shown(tx, [row])[0]


def shown(tx: Transaction, rows: Sequence[sa.Row[tuple[object, ...]]]) -> list[Article]:
    """Articles as the caller may see them: our people the working text, others the published one."""
    found: list[Article] = [from_row(Article, row) for row in rows]
    if is_staff(tx):
        return found
    texts = published_texts(tx, [article.id for article in found])
    return [article.as_published(texts[article.id]) for article in found]


def published_texts(tx: Transaction, ids: Collection[str]) -> dict[str, ArticleVersion]:
    """The version last published of each of these articles that has one, by article id."""
    rows = tx.execute(
        sa.select(article_versions)
        .join(
            articles,
            (articles.c.id == article_versions.c.article_id)
            & (articles.c.version_number == article_versions.c.version_number),
        )
        .where(article_versions.c.article_id.in_(ids))
    )
    return {row.article_id: from_row(ArticleVersion, row) for row in rows}


def versions_before(
    tx: Transaction, article_id: str, number: int, limit: int
) -> list[ArticleVersion]:
    """Published versions with a smaller number than this, newest first."""
    rows = tx.execute(
        sa.select(article_versions)
        .where(
            article_versions.c.article_id == article_id,
            article_versions.c.version_number < number,
        )
        .order_by(article_versions.c.version_number.desc())
        .limit(limit)
    )
    return [from_row(ArticleVersion, row) for row in rows]


def add(tx: Transaction, article: Article) -> None:
    """Write a new article."""
    tables.insert(tx, articles, article)


def save(tx: Transaction, article: Article) -> None:
    """Write a changed article. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, articles, article)


def add_version(tx: Transaction, version: ArticleVersion) -> None:
    """Write what was published."""
    tx.execute(sa.insert(article_versions).values(to_row(version)))


def put_version(tx: Transaction, version: ArticleVersion) -> None:
    """Write a published text in place of the one with its number, if there is one."""
    same = (article_versions.c.article_id == version.article_id) & (
        article_versions.c.version_number == version.version_number
    )
    tx.execute(sa.delete(article_versions).where(same))
    add_version(tx, version)


def rate(tx: Transaction, article_id: str, helpful: bool, comment: str) -> None:
    """Write the caller's word on an article, in place of an earlier one.

    Errors: CONCURRENT_CHANGE if the same reader is saying another at this moment.
    """
    reader = tx.call.identity.subject
    own = (article_feedback.c.article_id == article_id) & (article_feedback.c.reader_id == reader)
    word = {"helpful": helpful, "comment": comment, "create_time": tx.now}
    if tx.execute(sa.select(article_feedback.c.reader_id).where(own)).first():
        tx.execute(sa.update(article_feedback).where(own).values(word))
        return
    key = {"article_id": article_id, "reader_id": reader}
    try:
        tx.execute(sa.insert(article_feedback).values(key | word))
    except sa.exc.IntegrityError:
        raise Aborted("CONCURRENT_CHANGE") from None


def feedback(tx: Transaction, ids: Collection[str]) -> dict[str, dict[str, int]]:
    """helpful_count and unhelpful_count of these articles, by id; nothing for those without."""
    helpful = sa.func.sum(sa.case((article_feedback.c.helpful, 1), else_=0)).label("helpful")
    rows = tx.execute(
        sa.select(article_feedback.c.article_id, helpful, sa.func.count().label("words"))
        .where(article_feedback.c.article_id.in_(ids))
        .group_by(article_feedback.c.article_id)
    )
    return {
        row.article_id: {
            "helpful_count": int(row.helpful),
            "unhelpful_count": row.words - int(row.helpful),
        }
        for row in rows
    }
