"""Which articles help with which cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.database import Id, UtcDateTime
from chassis.errors import Aborted, Invalid, NotFound
from services.service.articles.domain import ArticleState
from services.service.articles.store import articles, audiences, published_texts, readable
from services.service.tables import metadata

MOST_LINKS = 200

case_articles = sa.Table(
    "case_articles",
    metadata,
    sa.Column("case_id", Id, sa.ForeignKey("cases.id"), primary_key=True),
    sa.Column("article_id", Id, sa.ForeignKey("articles.id"), primary_key=True),
    sa.Column("linked_by_id", Id, nullable=False),
    sa.Column("create_time", UtcDateTime, nullable=False),
    sa.Index("ix_case_articles_article_id", "article_id"),
)


@dataclass(frozen=True)
class CaseArticle:
    """An article that helps with a case, with its published title."""

    case_id: str
    article_id: str
    title: str
    language: str
    linked_by_id: str
    create_time: datetime


def link(tx: Transaction, case_id: str, article_id: str) -> CaseArticle:
    """Link a published article, once.

    Errors: ARTICLE_UNKNOWN if the caller can read none of this id; CONCURRENT_CHANGE if somebody
    links it at this moment.
    """
    published = (articles.c.state == ArticleState.PUBLISHED.value) & readable(tx)
    known = sa.select(articles.c.id).where(articles.c.id == article_id, published)
    if tx.execute(known).first() is None:
        raise Invalid("ARTICLE_UNKNOWN", field="article_id", article_id=article_id)
    if not any(linked.article_id == article_id for linked in of_case(tx, case_id)):
        row = {"case_id": case_id, "article_id": article_id}
        row["linked_by_id"] = tx.call.identity.subject
        _insert(tx, row)
    return next(linked for linked in of_case(tx, case_id) if linked.article_id == article_id)


def _insert(tx: Transaction, row: dict[str, str]) -> None:
    try:
        tx.execute(sa.insert(case_articles).values(create_time=tx.now, **row))
    except sa.exc.IntegrityError:
        raise Aborted("CONCURRENT_CHANGE") from None


def unlink(tx: Transaction, case_id: str, article_id: str) -> None:
    """Take a link away. Errors: NOT_FOUND."""
    gone = tx.execute(
        sa.delete(case_articles).where(
            case_articles.c.case_id == case_id, case_articles.c.article_id == article_id
        )
    )
    if gone.rowcount != 1:
        raise NotFound("NOT_FOUND", kind="case article", id=article_id)


def of_case(tx: Transaction, case_id: str) -> list[CaseArticle]:
    """The linked articles that the caller may read, oldest link first; at most MOST_LINKS."""
    rows = tx.execute(
        sa.select(case_articles, articles.c.language)
        .join(articles, articles.c.id == case_articles.c.article_id)
        .where(
            case_articles.c.case_id == case_id,
            articles.c.state == ArticleState.PUBLISHED.value,
            articles.c.audience.in_([audience.value for audience in audiences(tx)]),
        )
        .order_by(case_articles.c.create_time, case_articles.c.article_id)
        .limit(MOST_LINKS)
    ).all()
    texts = published_texts(tx, [row.article_id for row in rows])
    return [
        CaseArticle(
            row.case_id,
            row.article_id,
            texts[row.article_id].title,
            row.language,
            row.linked_by_id,
            row.create_time,
        )
        for row in rows
    ]
