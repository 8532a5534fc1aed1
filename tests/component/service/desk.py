"""Short words for what people do at a service desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from meridian.service.v1 import (
    article_pb2,
    article_service_pb2,
    asset_pb2,
    asset_service_pb2,
    calendar_pb2,
    calendar_service_pb2,
    case_pb2,
    case_service_pb2,
    clock_pb2,
    clock_service_pb2,
    contract_service_pb2,
    message_pb2,
    message_service_pb2,
    sla_policy_pb2,
    sla_policy_service_pb2,
)

from tests.running import Caller, Methods

ARTICLES = article_service_pb2.DESCRIPTOR.services_by_name["ArticleService"]
ASSETS = asset_service_pb2.DESCRIPTOR.services_by_name["AssetService"]
CALENDARS = calendar_service_pb2.DESCRIPTOR.services_by_name["CalendarService"]
POLICIES = sla_policy_service_pb2.DESCRIPTOR.services_by_name["SlaPolicyService"]
CONTRACTS = contract_service_pb2.DESCRIPTOR.services_by_name["ContractService"]
CASES = case_service_pb2.DESCRIPTOR.services_by_name["CaseService"]
MESSAGES = message_service_pb2.DESCRIPTOR.services_by_name["MessageService"]
CLOCKS = clock_service_pb2.DESCRIPTOR.services_by_name["ClockService"]

OFFICE = [
    {"weekday": weekday, "windows": [{"start": "09:00", "end": "17:00"}]} for weekday in range(1, 6)
]
TARGETS = [
    {
        "priority": case_pb2.CASE_PRIORITY_NORMAL,
        "first_response_minutes": 60,
        "update_minutes": 480,
        "resolution_minutes": 960,
    },
    {
        "priority": case_pb2.CASE_PRIORITY_HIGH,
        "first_response_minutes": 30,
        "update_minutes": 240,
        "resolution_minutes": 480,
    },
]


@dataclass
class Clockwork:
    """A clock that stands still until it is moved."""

    start: datetime
    passed: timedelta

    def __call__(self) -> datetime:
        return self.start + self.passed

    def move(self, **duration: float) -> datetime:
        """Let time pass."""
        self.passed += timedelta(**duration)
        return self()


def moment(stamp: Timestamp) -> str:
    """A time as "MM-DD hh:mm" (UTC)."""
    return stamp.ToDatetime().strftime("%m-%d %H:%M")


class Desk:
    """One person at work."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    @property
    def cases(self) -> Methods:
        return self.caller.call(CASES)

    @property
    def policies(self) -> Methods:
        return self.caller.call(POLICIES)

    def case(self, **fields: Any) -> case_pb2.Case:
        """Open a case."""
        given = {"subject": "Printer on fire", "account_id": "acc_na_1"} | fields
        return self.cases.CreateCase(case_service_pb2.CreateCaseRequest(case=given))

    def get(self, case_id: str) -> case_pb2.Case:
        """Read a case."""
        return self.cases.GetCase(case_service_pb2.GetCaseRequest(id=case_id))

    def listed(self, **query: Any) -> list[str]:
        """The subjects of every page of cases."""
        subjects, token = [], ""
        while True:
            request = case_service_pb2.ListCasesRequest(page_token=token, **query)
            page = self.cases.ListCases(request)
            subjects += [case.subject for case in page.cases]
            token = page.next_page_token
            if not token:
                return subjects

    def do(self, verb: str, case_id: str, **arguments: Any) -> case_pb2.Case:
        """Use a verb of cases, for example do("Hold", id, reason=…)."""
        request = getattr(case_service_pb2, f"{verb}CaseRequest")(id=case_id, **arguments)
        return getattr(self.cases, f"{verb}Case")(request)

    def update(self, case_id: str, *paths: str, **fields: Any) -> case_pb2.Case:
        """Update a case."""
        request = case_service_pb2.UpdateCaseRequest(
            case={"id": case_id, **fields}, update_mask={"paths": paths}
        )
        return self.cases.UpdateCase(request)

    def write(self, case_id: str, body: str, **fields: Any) -> message_pb2.Message:
        """Add to a conversation; a public reply unless said."""
        given = {"kind": message_pb2.MESSAGE_KIND_PUBLIC_REPLY, "body": body} | fields
        request = message_service_pb2.CreateMessageRequest(case_id=case_id, message=given)
        return self.caller.call(MESSAGES).CreateMessage(request)

    def note(self, case_id: str, body: str) -> message_pb2.Message:
        """Write an internal note."""
        return self.write(case_id, body, kind=message_pb2.MESSAGE_KIND_INTERNAL_NOTE)

    def conversation(self, case_id: str, **query: Any) -> list[message_pb2.Message]:
        """The messages of a case, as far as this person may read them."""
        request = message_service_pb2.ListMessagesRequest(case_id=case_id, **query)
        return list(self.caller.call(MESSAGES).ListMessages(request).messages)

    def message(self, case_id: str, message_id: str) -> message_pb2.Message:
        """Read one message."""
        request = message_service_pb2.GetMessageRequest(case_id=case_id, id=message_id)
        return self.caller.call(MESSAGES).GetMessage(request)

    def sla(self, case_id: str) -> clock_pb2.CaseSla:
        """What was promised for a case."""
        request = clock_service_pb2.GetCaseSlaRequest(case_id=case_id)
        return self.caller.call(CLOCKS).GetCaseSla(request)

    @property
    def assets(self) -> Methods:
        return self.caller.call(ASSETS)

    def asset(self, **fields: Any) -> asset_pb2.Asset:
        """Enter an asset."""
        given = {"account_id": "acc_na_1", "product_id": "prod_na_1", "product_name": "Printer"}
        request = asset_service_pb2.CreateAssetRequest(asset=given | fields)
        return self.assets.CreateAsset(request)

    @property
    def articles(self) -> Methods:
        return self.caller.call(ARTICLES)

    def article(self, **fields: Any) -> article_pb2.Article:
        """Draft an article; an English one for customers unless said."""
        given = {"title": "Fire", "body": "Use water.", "language": 1, "audience": 3} | fields
        return self.articles.CreateArticle(article_service_pb2.CreateArticleRequest(article=given))

    def publish(self, article_id: str) -> article_pb2.Article:
        """Publish an article."""
        return self.articles.PublishArticle(
            article_service_pb2.PublishArticleRequest(id=article_id)
        )

    def found(self, query: str, **arguments: Any) -> list[str]:
        """The titles that a search finds, best first."""
        request = article_service_pb2.SearchArticlesRequest(query=query, **arguments)
        return [article.title for article in self.articles.SearchArticles(request).articles]

    def calendar(self, **fields: Any) -> calendar_pb2.Calendar:
        """Define a calendar; an office in UTC unless said."""
        given = {"name": "Office", "time_zone": "UTC", "weekdays": OFFICE} | fields
        request = calendar_service_pb2.CreateCalendarRequest(calendar=given)
        return self.caller.call(CALENDARS).CreateCalendar(request)

    def policy(self, **fields: Any) -> sla_policy_pb2.SlaPolicy:
        """Draft and activate a policy; the default one unless said."""
        given = {
            "name": "Standard",
            "entitlement_kind": sla_policy_pb2.ENTITLEMENT_KIND_DEFAULT,
            "targets": TARGETS,
            "pausing_reasons": [case_pb2.PENDING_REASON_CUSTOMER],
            "calendar_id": fields.get("calendar_id") or self.calendar().id,
        } | fields
        request = sla_policy_service_pb2.CreateSlaPolicyRequest(sla_policy=given)
        draft = self.policies.CreateSlaPolicy(request)
        return self.policies.ActivateSlaPolicy(
            sla_policy_service_pb2.ActivateSlaPolicyRequest(id=draft.id)
        )
