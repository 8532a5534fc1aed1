"""Global knowledge is written in the hub and read in every region (PLT-4, SVC-3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from meridian.service.v1 import (
    article_pb2,
    article_service_pb2,
    reference_replica_service_pb2,
)
from meridian.type.v1.reference_replica_pb2 import REFERENCE_REPLICA_STATE_CURRENT

from services.service.articles.mirror import ARTICLES
from services.service.manifest import SERVICE
from tests.component.sales.people import refusal_of
from tests.component.service.desk import Desk
from tests.running import RunningService
from tests.two_regions import TwoRegions, replica

REPLICA = reference_replica_service_pb2.DESCRIPTOR.services_by_name["ServiceReplicaService"]
GLOBAL, REGIONAL = article_pb2.ARTICLE_SCOPE_GLOBAL, article_pb2.ARTICLE_SCOPE_REGIONAL


@pytest.fixture
def regions(run_service: Callable[..., RunningService]) -> TwoRegions:
    return TwoRegions(SERVICE, run_service)


@pytest.fixture
def desks(regions: TwoRegions) -> tuple[Desk, Desk]:
    """Knowledge in the hub and in the other region."""
    ann, eva = regions.people("service.*@all")
    return Desk(ann), Desk(eva)


def read(desk: Desk, article_id: str) -> article_pb2.Article:
    return desk.articles.GetArticle(article_service_pb2.GetArticleRequest(id=article_id))


def found(desk: Desk, words: str) -> list[str]:
    request = article_service_pb2.SearchArticlesRequest(query=words)
    return [article.id for article in desk.articles.SearchArticles(request).articles]


def rewrite(desk: Desk, article_id: str, body: str) -> article_pb2.Article:
    changed = {"id": article_id, "body": body}
    request = article_service_pb2.UpdateArticleRequest(article=changed)
    return desk.articles.UpdateArticle(request)


def test_global_knowledge_is_read_everywhere_as_it_was_published(
    regions: TwoRegions, desks: tuple[Desk, Desk]
) -> None:
    ann, eva = desks
    article = ann.article(scope=GLOBAL, body="Call the fire brigade.")
    local = ann.article(scope=REGIONAL, body="Ring the bell.")
    regions.beat()
    assert regions.rows("articles")[1] == []
    ann.publish(article.id)
    ann.publish(local.id)
    rewrite(ann, article.id, "Call the ambulance.")
    regions.beat()

    [row] = regions.rows("articles")[1]
    shown = read(eva, article.id)

    assert row["id"] == article.id
    assert (shown.body, shown.scope, shown.state) == (
        "Call the fire brigade.",
        GLOBAL,
        article_pb2.ARTICLE_STATE_PUBLISHED,
    )
    assert (shown.owner_id, shown.changed, shown.version_number) == ("", False, 1)
    assert (found(eva, "brigade"), found(eva, "ambulance")) == ([article.id], [])
    reader = regions.other.caller("user_paul", "service.articles.read@all", partner_id="p_1")
    assert read(Desk(reader), article.id).body == "Call the fire brigade."
    assert replica(eva.caller, REPLICA).state == REFERENCE_REPLICA_STATE_CURRENT

    ann.publish(article.id)
    regions.carry()
    assert (found(eva, "brigade"), found(eva, "ambulance")) == ([], [article.id])


def test_archiving_travels_and_what_readers_said_stays(
    regions: TwoRegions, desks: tuple[Desk, Desk]
) -> None:
    ann, eva = desks
    article = ann.article(scope=GLOBAL, body="Call the fire brigade.")
    ann.publish(article.id)
    regions.carry()
    rate = article_service_pb2.RateArticleRequest(id=article.id, helpful=True)
    assert eva.articles.RateArticle(rate).helpful_count == 1

    archive = article_service_pb2.ArchiveArticleRequest(id=article.id)
    ann.articles.ArchiveArticle(archive)
    regions.carry()

    shown = read(eva, article.id)
    assert (shown.state, shown.helpful_count) == (article_pb2.ARTICLE_STATE_ARCHIVED, 1)
    assert found(eva, "brigade") == []
    assert read(ann, article.id).helpful_count == 0


def test_global_knowledge_is_written_in_the_hub_alone(
    regions: TwoRegions, desks: tuple[Desk, Desk]
) -> None:
    ann, eva = desks
    article = ann.article(scope=GLOBAL)
    ann.publish(article.id)
    regions.carry()
    archive = article_service_pb2.ArchiveArticleRequest(id=article.id)
    for write in (
        lambda: eva.article(scope=GLOBAL),
        lambda: rewrite(eva, article.id, "Other"),
        lambda: eva.articles.ArchiveArticle(archive),
    ):
        assert refusal_of(write).reason == "WRITTEN_IN_HUB"

    own = eva.article()
    eva.publish(own.id)
    assert read(eva, own.id).scope == REGIONAL
    assert [row["id"] for row in regions.rows("articles")[0]] == [article.id]


def test_a_replica_of_articles_is_rebuilt_from_nothing(
    regions: TwoRegions, desks: tuple[Desk, Desk]
) -> None:
    ann, eva = desks
    article = ann.article(scope=GLOBAL, body="Call the fire brigade.")
    ann.publish(article.id)
    own = eva.article()
    regions.beat()
    with regions.other.app.transaction() as tx:
        ARTICLES.remove(tx, [article.id])
        assert tx.execute(sa.select(sa.func.count()).select_from(ARTICLES.table)).scalar() == 1

    for _ in range(2):
        regions.beat()

    assert read(eva, article.id).body == "Call the fire brigade."
    assert found(eva, "brigade") == [article.id]
    assert read(eva, own.id).id == own.id
    assert replica(eva.caller, REPLICA).state == REFERENCE_REPLICA_STATE_CURRENT
