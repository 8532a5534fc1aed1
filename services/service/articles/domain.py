"""Knowledge articles: drafts, published versions, and who may read them (SVC-3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chassis.errors import Refused


class ArticleState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class ArticleLanguage(StrEnum):
    EN = "en"
    ZH = "zh"


class ArticleScope(StrEnum):
    """Where an article is for: the region that wrote it, or every region."""

    REGIONAL = "regional"
    GLOBAL = "global"


class ArticleAudience(StrEnum):
    """From the narrowest; each includes those before it."""

    INTERNAL = "internal"
    PARTNER = "partner"
    CUSTOMER = "customer"
    PUBLIC = "public"


def audiences_of(*, partner: bool, customer: bool) -> tuple[ArticleAudience, ...]:
    """The audiences that somebody belongs to; our own people belong to all."""
    everyone = tuple(ArticleAudience)
    if customer:
        return everyone[2:]
    return everyone[1:] if partner else everyone


@dataclass(frozen=True)
class ArticlePublished:
    article_id: str
    version_number: int
    language: str
    audience: str


@dataclass(frozen=True)
class ArticleArchived:
    article_id: str


@dataclass(frozen=True)
class ArticleVersion:
    """A text as it was published; never changed."""

    article_id: str
    version_number: int
    title: str
    body: str
    published_by_id: str
    publish_time: datetime


@dataclass
class Article:
    """The text being worked on, and which version of it readers see (0 for none)."""

    id: str
    title: str
    body: str
    language: ArticleLanguage
    audience: ArticleAudience
    scope: ArticleScope = ArticleScope.REGIONAL
    category: str = ""
    state: ArticleState = ArticleState.DRAFT
    version_number: int = 0
    publish_time: datetime | None = None
    changed: bool = True
    case_id: str = ""
    owner_id: str = ""
    team_id: str = ""
    business_unit_id: str = ""
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def __post_init__(self) -> None:
        self.scope = self.scope or ArticleScope.REGIONAL

    def revise(self, changes: dict[str, object]) -> None:
        """Change fields by name; readers see it when it is published."""
        if self.state is ArticleState.ARCHIVED:
            raise Refused("ARTICLE_ARCHIVED")
        for name, value in changes.items():
            setattr(self, name, value)
        self.changed = True

    def publish(self, by_id: str, at: datetime) -> tuple[ArticleVersion, ArticlePublished]:
        """Make the present text the next version."""
        if not self.body.strip():
            raise Refused("ARTICLE_EMPTY")
        if self.state is ArticleState.PUBLISHED and not self.changed:
            raise Refused("ARTICLE_UNCHANGED")
        self.version_number += 1
        self.state, self.publish_time, self.changed = ArticleState.PUBLISHED, at, False
        version = ArticleVersion(self.id, self.version_number, self.title, self.body, by_id, at)
        return version, ArticlePublished(self.id, self.version_number, self.language, self.audience)

    def archive(self) -> ArticleArchived:
        """Take it away from readers."""
        if self.state is ArticleState.ARCHIVED:
            raise Refused("ARTICLE_ARCHIVED")
        self.state = ArticleState.ARCHIVED
        return ArticleArchived(self.id)

    def require_published(self) -> None:
        """Raise Refused unless readers see it."""
        if self.state is not ArticleState.PUBLISHED:
            raise Refused("ARTICLE_NOT_PUBLISHED", state=self.state)

    def as_published(self, version: ArticleVersion) -> Article:
        """What readers see: the published text, and nothing of the work on the next."""
        return replace(
            self, title=version.title, body=version.body, changed=False, case_id="", owner_id=""
        )
