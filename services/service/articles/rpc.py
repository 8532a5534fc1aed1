"""ArticleService: the knowledge base over gRPC. Errors are stated in article_service.proto."""

from __future__ import annotations

from typing import Any

from google.protobuf.empty_pb2 import Empty
from meridian.service.events.v1 import article_events_pb2 as _events  # noqa: F401 - by name
from meridian.service.v1 import article_pb2, article_service_pb2

from chassis.app import Transaction
from chassis.call import Call
from chassis.errors import Invalid, Refused
from chassis.listing import DEFAULT_PAGE
from chassis.mirror.changes import require_hub
from chassis.records.decoding import changed_paths, from_proto
from chassis.records.encoding import to_proto
from chassis.records.enums import enum_names
from chassis.server import Servicer
from services.service.articles import links, store
from services.service.articles.domain import Article, ArticleAudience, ArticleLanguage, ArticleScope
from services.service.articles.search import index, search
from services.service.cases import store as cases_store
from services.service.cases.facts import CaseState

_LANGUAGES = enum_names(article_pb2.ArticleLanguage.DESCRIPTOR)


class ArticleService(Servicer):
    """The knowledge base."""

    descriptor = article_service_pb2.DESCRIPTOR.services_by_name["ArticleService"]

    def CreateArticle(
        self, request: article_service_pb2.CreateArticleRequest, call: Call
    ) -> article_pb2.Article:
        """Draft an article."""
        with self.transaction(call) as tx:
            article = Article(id=tx.new_id("art"), **from_proto(request.article, Article))
            return _drafted(tx, article)

    def DraftArticleFromCase(
        self, request: article_service_pb2.DraftArticleFromCaseRequest, call: Call
    ) -> article_pb2.Article:
        """Draft an internal article from a solved case."""
        with self.transaction(call) as tx:
            case = cases_store.get(tx, request.case_id)
            if case.state not in (CaseState.RESOLVED, CaseState.CLOSED):
                raise Refused("CASE_NOT_SOLVED", state=case.state)
            article = Article(
                tx.new_id("art"),
                case.subject,
                f"{case.description}\n\n{case.resolution}".strip(),
                ArticleLanguage(_LANGUAGES[request.language]),
                ArticleAudience.INTERNAL,
                category=case.category,
                case_id=case.id,
            )
            return _drafted(tx, article)

    def GetArticle(
        self, request: article_service_pb2.GetArticleRequest, call: Call
    ) -> article_pb2.Article:
        """Read one article."""
        with self.reading(call) as tx:
            return _with_feedback(tx, [store.read(tx, request.id)])[0]

    def ListArticles(
        self, request: article_service_pb2.ListArticlesRequest, call: Call
    ) -> article_service_pb2.ListArticlesResponse:
        """Page through the articles that the caller may see."""
        with self.reading(call) as tx:
            page = store.LISTING.page(tx, request, store.readable(tx))
            articles = _with_feedback(tx, store.shown(tx, page.rows))
        return article_service_pb2.ListArticlesResponse(
            articles=articles, next_page_token=page.next_page_token
        )

    def SearchArticles(
        self, request: article_service_pb2.SearchArticlesRequest, call: Call
    ) -> article_service_pb2.SearchArticlesResponse:
        """Find published articles by words."""
        with self.reading(call) as tx:
            found = search(tx, request.query, _LANGUAGES[request.language], request.page_size)
        return article_service_pb2.SearchArticlesResponse(
            articles=[to_proto(article, article_service_pb2.FoundArticle) for article in found]
        )

    def UpdateArticle(
        self, request: article_service_pb2.UpdateArticleRequest, call: Call
    ) -> article_pb2.Article:
        """Change the working text and what belongs to it."""
        paths = changed_paths(request.article, request.update_mask.paths)
        with self.transaction(call) as tx:
            article = store.get(tx, request.article.id, request.article.etag)
            article.revise(from_proto(request.article, Article, paths))
            return _saved(tx, article)

    def PublishArticle(
        self, request: article_service_pb2.PublishArticleRequest, call: Call
    ) -> article_pb2.Article:
        """Make the present text the next version."""
        with self.transaction(call) as tx:
            article = store.get(tx, request.id, request.etag)
            version, published = article.publish(call.identity.subject, at=tx.now)
            answer = _saved(tx, article)
            store.add_version(tx, version)
            index(tx, article)
            tx.announce(published)
            return answer

    def ArchiveArticle(
        self, request: article_service_pb2.ArchiveArticleRequest, call: Call
    ) -> article_pb2.Article:
        """Take an article away from readers."""
        with self.transaction(call) as tx:
            article = store.get(tx, request.id, request.etag)
            archived = article.archive()
            answer = _saved(tx, article)
            index(tx, article)
            tx.announce(archived)
            return answer

    def ListArticleVersions(
        self, request: article_service_pb2.ListArticleVersionsRequest, call: Call
    ) -> article_service_pb2.ListArticleVersionsResponse:
        """List what was published, newest first; the token is the last version's number."""
        if request.page_token and not request.page_token.isdecimal():
            raise Invalid("PAGE_TOKEN_INVALID", field="page_token")
        size = request.page_size or DEFAULT_PAGE
        with self.reading(call) as tx:
            article = store.get(tx, request.article_id)
            before = int(request.page_token or article.version_number + 1)
            versions = store.versions_before(tx, article.id, before, size)
        more = versions and versions[-1].version_number > 1
        return article_service_pb2.ListArticleVersionsResponse(
            versions=[to_proto(version, article_pb2.ArticleVersion) for version in versions],
            next_page_token=str(versions[-1].version_number) if more else "",
        )

    def RateArticle(
        self, request: article_service_pb2.RateArticleRequest, call: Call
    ) -> article_pb2.Article:
        """Say whether an article helped."""
        with self.transaction(call) as tx:
            article = store.read(tx, request.id)
            article.require_published()
            store.rate(tx, article.id, request.helpful, request.comment)
            return tx.reply(_with_feedback(tx, [article])[0])

    def LinkArticle(
        self, request: article_service_pb2.LinkArticleRequest, call: Call
    ) -> article_pb2.CaseArticle:
        """Say that an article helps with a case."""
        with self.transaction(call) as tx:
            case = cases_store.get(tx, request.case_id)
            linked = links.link(tx, case.id, request.article_id)
            return tx.reply(to_proto(linked, article_pb2.CaseArticle))

    def UnlinkArticle(self, request: article_service_pb2.UnlinkArticleRequest, call: Call) -> Empty:
        """Take a link away."""
        with self.transaction(call) as tx:
            case = cases_store.get(tx, request.case_id)
            links.unlink(tx, case.id, request.article_id)
            return tx.reply(Empty())

    def ListCaseArticles(
        self, request: article_service_pb2.ListCaseArticlesRequest, call: Call
    ) -> article_service_pb2.ListCaseArticlesResponse:
        """List the articles that help with a case."""
        with self.reading(call) as tx:
            case = cases_store.get(tx, request.case_id)
            linked = links.of_case(tx, case.id)
        return article_service_pb2.ListCaseArticlesResponse(
            articles=[to_proto(each, article_pb2.CaseArticle) for each in linked]
        )


def _drafted(tx: Transaction, article: Article) -> article_pb2.Article:
    if article.scope is ArticleScope.GLOBAL:
        require_hub(tx)
    identity = tx.call.identity
    article.owner_id, article.business_unit_id = identity.subject, identity.business_unit
    article.team_id = identity.teams[0] if identity.teams else ""
    store.add(tx, article)
    return tx.reply(to_proto(article, article_pb2.Article))


def _saved(tx: Transaction, article: Article) -> article_pb2.Article:
    store.save(tx, article)
    return tx.reply(_with_feedback(tx, [article])[0])


def _with_feedback(tx: Transaction, articles: list[Article]) -> list[article_pb2.Article]:
    counts: dict[str, dict[str, Any]] = store.feedback(tx, [article.id for article in articles])
    shown = []
    for article in articles:
        message = to_proto(article, article_pb2.Article)
        for name, count in counts.get(article.id, {}).items():
            setattr(message, name, count)
        shown.append(message)
    return shown
