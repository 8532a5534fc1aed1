"""Knowledge through real gRPC on a real PostgreSQL (SVC-3)."""

from __future__ import annotations

import pytest
from meridian.service.v1 import article_pb2, article_service_pb2

from chassis.errors import Denied, Invalid, NotFound, Refused
from tests.component.service.desk import Clockwork, Desk
from tests.running import RunningService


@pytest.fixture
def partner(service: RunningService) -> Desk:
    """A user of a partner."""
    return Desk(
        service.caller("user_paul", "service.articles.read@region", partner_id="partner_na_1")
    )


def get(desk: Desk, article_id: str) -> article_pb2.Article:
    return desk.articles.GetArticle(article_service_pb2.GetArticleRequest(id=article_id))


def update(desk: Desk, article_id: str, **fields: object) -> article_pb2.Article:
    request = article_service_pb2.UpdateArticleRequest(article={"id": article_id, **fields})
    return desk.articles.UpdateArticle(request)


def listed(desk: Desk, **query: object) -> list[str]:
    request = article_service_pb2.ListArticlesRequest(order_by="create_time", **query)
    return [article.title for article in desk.articles.ListArticles(request).articles]


def test_readers_see_a_text_when_it_is_published(
    service: RunningService, desk: Desk, customer: Desk
) -> None:
    article = desk.article()
    with pytest.raises(NotFound):
        get(customer, article.id)
    desk.publish(article.id)
    update(desk, article.id, title="Fire and smoke", body="Use foam.")

    assert (get(customer, article.id).title, get(customer, article.id).owner_id) == ("Fire", "")
    working = get(desk, article.id)
    assert (working.title, working.changed, working.version_number) == ("Fire and smoke", True, 1)
    desk.publish(article.id)
    assert get(customer, article.id).body == "Use foam."
    assert service.events() == ["ArticlePublished", "ArticlePublished"]


def test_versions_are_kept(desk: Desk) -> None:
    article = desk.article()
    for body in ("One", "Two", "Three"):
        update(desk, article.id, body=body)
        desk.publish(article.id)

    request = article_service_pb2.ListArticleVersionsRequest(article_id=article.id, page_size=2)
    first = desk.articles.ListArticleVersions(request)
    request.page_token = first.next_page_token
    last = desk.articles.ListArticleVersions(request)
    assert [version.body for version in [*first.versions, *last.versions]] == [
        "Three",
        "Two",
        "One",
    ]
    assert last.next_page_token == ""
    request.page_token = "x"
    with pytest.raises(Invalid, match="PAGE_TOKEN_INVALID"):
        desk.articles.ListArticleVersions(request)


def test_everybody_sees_what_is_meant_for_them(
    desk: Desk, customer: Desk, partner: Desk, clock: Clockwork
) -> None:
    for audience, title in enumerate(("Internal", "Partners", "Customers", "Public"), 1):
        desk.publish(desk.article(title=title, audience=audience).id)
        clock.move(seconds=1)
    desk.article(title="Draft")

    assert listed(desk) == ["Internal", "Partners", "Customers", "Public", "Draft"]
    assert listed(partner) == ["Partners", "Customers", "Public"]
    assert listed(customer) == ["Customers", "Public"]
    assert listed(desk, filter="audience = INTERNAL OR state = DRAFT") == ["Internal", "Draft"]
    assert sorted(customer.found("water")) == ["Customers", "Public"]
    assert len(desk.found("water")) == 4


def test_english_and_chinese_are_found_by_their_words(desk: Desk) -> None:
    chinese = {"language": article_pb2.ARTICLE_LANGUAGE_ZH}
    for fields in (
        {"title": "Paper jam", "body": "Open the printer and pull the paper."},
        {"title": "Printer is offline", "body": "Check the cable."},
        {"title": "打印机卡纸", "body": "打开打印机，取出纸张。", **chinese},
        {"title": "网络故障", "body": "请检查打印机的网线。", **chinese},
    ):
        desk.publish(desk.article(**fields).id)

    assert desk.found("printer") == ["Printer is offline", "Paper jam"]
    assert desk.found("PAPER printer") == ["Paper jam", "Printer is offline"]
    assert desk.found("打印机") == ["打印机卡纸", "网络故障"]
    assert desk.found("卡纸") == ["打印机卡纸"]
    assert desk.found("printer 打印机", language=article_pb2.ARTICLE_LANGUAGE_ZH) == [
        "打印机卡纸",
        "网络故障",
    ]
    assert desk.found("printer", page_size=1) == ["Printer is offline"]
    assert desk.found("fax") == desk.found("!?") == []


def test_an_archived_article_is_found_no_more(
    service: RunningService, desk: Desk, customer: Desk
) -> None:
    article = desk.article()
    desk.publish(article.id)
    archive = article_service_pb2.ArchiveArticleRequest(id=article.id)
    desk.articles.ArchiveArticle(archive)

    assert desk.found("water") == []
    with pytest.raises(NotFound):
        get(customer, article.id)
    with pytest.raises(Refused, match="ARTICLE_ARCHIVED"):
        desk.articles.ArchiveArticle(archive)
    assert service.events() == ["ArticlePublished", "ArticleArchived"]


def test_each_reader_has_one_word(desk: Desk, customer: Desk) -> None:
    article = desk.article()
    rate = article_service_pb2.RateArticleRequest(id=article.id, helpful=False, comment="Where?")
    with pytest.raises(Refused, match="ARTICLE_NOT_PUBLISHED"):
        desk.articles.RateArticle(rate)
    desk.publish(article.id)

    desk.articles.RateArticle(rate)
    customer.articles.RateArticle(rate)
    rate.helpful = True
    rated = customer.articles.RateArticle(rate)

    assert (rated.helpful_count, rated.unhelpful_count) == (1, 1)
    assert get(desk, article.id).helpful_count == 1
    assert get(desk, article.id).etag == "2"


def test_an_article_is_drafted_from_a_solved_case_and_linked_to_others(
    desk: Desk, customer: Desk
) -> None:
    case_id = desk.case(description="It burns.").id
    draft = article_service_pb2.DraftArticleFromCaseRequest(case_id=case_id, language=1)
    with pytest.raises(Refused, match="CASE_NOT_SOLVED"):
        desk.articles.DraftArticleFromCase(draft)
    desk.do("Resolve", case_id, resolution="Put it out.")
    article = desk.articles.DraftArticleFromCase(draft)
    assert (article.body, article.case_id) == ("It burns.\n\nPut it out.", case_id)
    assert article.audience == article_pb2.ARTICLE_AUDIENCE_INTERNAL

    other = desk.case().id
    link = article_service_pb2.LinkArticleRequest(case_id=other, article_id=article.id)
    with pytest.raises(Invalid, match="ARTICLE_UNKNOWN"):
        desk.articles.LinkArticle(link)
    desk.publish(article.id)
    assert desk.articles.LinkArticle(link) == desk.articles.LinkArticle(link)

    linked = article_service_pb2.ListCaseArticlesRequest(case_id=other)
    assert [each.title for each in desk.articles.ListCaseArticles(linked).articles] == [
        "Printer on fire"
    ]
    assert list(customer.articles.ListCaseArticles(linked).articles) == []
    unlink = article_service_pb2.UnlinkArticleRequest(case_id=other, article_id=article.id)
    desk.articles.UnlinkArticle(unlink)
    with pytest.raises(NotFound):
        desk.articles.UnlinkArticle(unlink)


def test_readers_change_nothing(service: RunningService, desk: Desk, customer: Desk) -> None:
    article = desk.article()

    with pytest.raises(Denied):
        customer.publish(article.id)
    with pytest.raises(Denied):
        update(customer, article.id, title="x")
    assert service.events() == []
