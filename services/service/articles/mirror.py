"""Global articles in other regions: as they were last published, and found by their words there too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from google.protobuf.message import Message
from meridian.service.events.v1 import article_mirror_events_pb2
from meridian.service.v1 import article_pb2

from chassis.app import Transaction
from chassis.mirror.declaration import Mirrored
from services.service.articles import store
from services.service.articles.domain import ArticleScope, ArticleVersion
from services.service.articles.links import case_articles
from services.service.articles.search import article_tokens, index
from services.service.articles.store import article_feedback, article_versions, articles


class MirroredArticles(Mirrored):
    """Global articles that were published. Drafts stay in the hub, and so does who wrote them.

    Of the texts that readers saw, a replica has those that were current while it was there.
    """

    def read(self, tx: Transaction, record_ids: Sequence[str]) -> dict[str, Message]:
        """The articles, with the title and body that readers see."""
        records: dict[str, Any] = super().read(tx, record_ids)
        for article_id, text in store.published_texts(tx, list(records)).items():
            records[article_id].MergeFrom(
                article_pb2.Article(title=text.title, body=text.body, changed=False)
            )
        return records

    def write(self, tx: Transaction, resource: Any) -> None:
        """Write the article, the text that readers see, and where its words are found."""
        super().write(tx, resource)
        text = ArticleVersion(
            article_id=resource.id,
            version_number=resource.version_number,
            title=resource.title,
            body=resource.body,
            published_by_id="",
            publish_time=resource.publish_time.ToDatetime(UTC),
        )
        store.put_version(tx, text)
        index(tx, store.get(tx, resource.id))

    def remove(self, tx: Transaction, record_ids: Sequence[str]) -> None:
        """Delete articles with all that hangs on them here."""
        for table in (article_tokens, article_feedback, case_articles, article_versions):
            tx.execute(sa.delete(table).where(table.c.article_id.in_(record_ids)))
        super().remove(tx, record_ids)


ARTICLES = MirroredArticles(
    article_mirror_events_pb2.ArticleMirrored,
    articles,
    where=sa.and_(articles.c.scope == ArticleScope.GLOBAL.value, articles.c.version_number > 0),
    withheld=("case_id", "changed", "owner_id", "team_id", "business_unit_id"),
)
