"""Finding articles by their words: an index table that every database can serve."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.database import Id, text_type
from services.service.articles.domain import Article, ArticleState
from services.service.articles.store import articles, audiences, published_texts
from services.service.articles.tokens import LONGEST, index_weights, query_tokens, snippet
from services.service.tables import metadata

DEFAULT_HITS = 10

article_tokens = sa.Table(
    "article_tokens",
    metadata,
    sa.Column("token", text_type(LONGEST), primary_key=True),
    sa.Column("article_id", Id, sa.ForeignKey("articles.id"), primary_key=True),
    sa.Column("weight", sa.Integer, nullable=False),
    sa.Index("ix_article_tokens_article_id", "article_id"),
)


@dataclass(frozen=True)
class FoundArticle:
    """A published article that has some of the words; see FoundArticle in article_service.proto."""

    id: str
    title: str
    snippet: str
    language: str
    audience: str
    category: str
    matched_count: int
    score: int


def index(tx: Transaction, article: Article) -> None:
    """Let the text of an article be found in place of its earlier one; nothing unless published."""
    tx.execute(sa.delete(article_tokens).where(article_tokens.c.article_id == article.id))
    if article.state is not ArticleState.PUBLISHED:
        return
    rows = [
        {"token": token, "article_id": article.id, "weight": weight}
        for token, weight in index_weights(article.title, article.body).items()
    ]
    if rows:
        tx.execute(sa.insert(article_tokens), rows)


def search(tx: Transaction, query: str, language: str, limit: int) -> list[FoundArticle]:
    """Published articles for the caller's audiences, most words matched first, then most weight.

    `language` "" is any; `limit` 0 is DEFAULT_HITS.
    """
    tokens = query_tokens(query)
    matched = sa.func.count().label("matched_count")
    score = sa.func.sum(article_tokens.c.weight).label("score")
    statement = (
        sa.select(articles.c.id, articles.c.language, articles.c.audience, articles.c.category)
        .add_columns(matched, score)
        .join(article_tokens, article_tokens.c.article_id == articles.c.id)
        .where(
            article_tokens.c.token.in_(tokens),
            articles.c.audience.in_([audience.value for audience in audiences(tx)]),
        )
        .group_by(articles.c.id, articles.c.language, articles.c.audience, articles.c.category)
        .order_by(matched.desc(), score.desc(), articles.c.id)
        .limit(limit or DEFAULT_HITS)
    )
    if language:
        statement = statement.where(articles.c.language == language)
    rows = tx.execute(statement).all()
    texts = published_texts(tx, [row.id for row in rows])
    return [
        FoundArticle(
            row.id,
            texts[row.id].title,
            snippet(texts[row.id].body, tokens),
            row.language,
            row.audience,
            row.category,
            row.matched_count,
            int(row.score),
        )
        for row in rows
    ]
