"""The stores of service keep their promises on every engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from meridian.service.v1.case_service_pb2 import ListCasesRequest

from chassis.app import App
from chassis.database import Database
from chassis.errors import Aborted, AlreadyExists, Invalid, Refused
from chassis.manifest import Service
from chassis.migrate import differences
from services.service.articles import search
from services.service.articles import store as articles_store
from services.service.articles.domain import Article, ArticleAudience, ArticleLanguage
from services.service.assets import store as assets_store
from services.service.assets.domain import Asset
from services.service.calendars import store as calendars_store
from services.service.calendars.domain import (
    Calendar,
    SpecialDay,
    SpecialDayKind,
    Weekday,
    WeekdayHours,
    Window,
)
from services.service.cases import store as cases_store
from services.service.cases.complaints import Complaint
from services.service.cases.domain import Case
from services.service.cases.facts import CaseKind, CasePriority
from services.service.cases.folder import add_folder, open_folder, save_folder
from services.service.cases.timers import check_clocks, close_resolved
from services.service.clocks import store as clocks_store
from services.service.manifest import SERVICE
from services.service.messages import store as messages_store
from services.service.messages.domain import Message, MessageDirection, MessageKind
from services.service.sla_policies import store as sla_policies_store
from services.service.sla_policies.domain import (
    ClockKind,
    EntitlementKind,
    EscalationAction,
    EscalationStep,
    SlaPolicy,
    SlaPolicyState,
    SlaTarget,
)

MONDAY = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC)


@dataclass
class Hands:
    """The hands of a clock that stands still until a test moves it."""

    time: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def app(any_database: Callable[[Service], Database]) -> App:
    return App(SERVICE, any_database(SERVICE), clock=Hands())


def move(app: App, **duration: float) -> None:
    assert isinstance(app.clock, Hands)
    app.clock.time += timedelta(**duration)


def policy(app: App) -> SlaPolicy:
    """An active default policy: an hour to the first response, with a step at half of it."""
    step = EscalationStep(
        ClockKind.FIRST_RESPONSE, 50, EscalationAction.NOTIFY_ROLE, role="supervisor"
    )
    with app.transaction() as tx:
        calendar = Calendar(
            tx.new_id("cal"),
            "办公时间",
            "Asia/Shanghai",
            weekdays=(WeekdayHours(Weekday.MONDAY, (Window("00:00", "24:00"),)),),
            special_days=(SpecialDay("2026-10-01", SpecialDayKind.HOLIDAY, name="国庆节"),),
        )
        calendars_store.add(tx, calendar)
        made = SlaPolicy(
            tx.new_id("slap"),
            "Standard",
            EntitlementKind.DEFAULT,
            calendar.id,
            (SlaTarget("normal", 60, 120, 240),),
            (step,),
            ("customer",),
        )
        made.activate()
        sla_policies_store.add(tx, made)
    return made


def case(app: App, **fields: object) -> Case:
    with app.transaction() as tx:
        made = Case(tx.new_id("case"), "打印机着火 \U0001f525", "acc_1", **fields)  # type: ignore[arg-type]
        made.create()
        add_folder(tx, made)
    return made


def events(app: App) -> list[str]:
    outbox = SERVICE.metadata.tables["outbox"]
    with app.reading() as tx:
        rows = tx.execute(sa.select(outbox.c.headers).order_by(outbox.c.position)).scalars()
        return [headers["ce-type"].rpartition(".")[2] for headers in rows]


def test_the_migrated_database_is_the_one_the_code_means(app: App) -> None:
    assert differences(SERVICE, app.database) == []


def test_records_come_back_as_they_were_written(app: App) -> None:
    made = policy(app)
    written = case(app, kind=CaseKind.COMPLAINT, complaint=Complaint(root_cause="线缆松动"))

    with app.reading() as tx:
        calendar = calendars_store.get(tx, made.calendar_id)
        assert sla_policies_store.get(tx, made.id) == made
        assert cases_store.get(tx, written.id) == written
    assert calendar.special_days[0].name == "国庆节"
    assert written.entitlement.policy_id == made.id


def test_clocks_come_back_with_every_segment(app: App) -> None:
    policy(app)
    case_id = case(app).id
    with app.transaction() as tx:
        folder = open_folder(tx, case_id)
        folder.promises.case_held("customer", tx.now)
        save_folder(tx, folder)
    move(app, minutes=5)
    with app.transaction() as tx:
        folder = open_folder(tx, case_id)
        folder.promises.case_resumed(tx.now)
        save_folder(tx, folder)

    with app.reading() as tx:
        again = open_folder(tx, case_id)
    assert again.promises.clocks == folder.promises.clocks
    assert [segment.phase for segment in again.promises.clocks[0].segments] == [
        "running",
        "paused",
        "running",
    ]


def test_timers_fire_steps_and_breaches_once_and_close_once(app: App) -> None:
    policy(app)
    case_id = case(app).id
    move(app, minutes=31)
    check_clocks(app)
    check_clocks(app)
    move(app, minutes=31)
    check_clocks(app)
    check_clocks(app)
    assert events(app) == ["CaseEscalated", "CaseBreached"]

    with app.transaction() as tx:
        folder = open_folder(tx, case_id)
        folder.case.resolve("Done.", at=tx.now)
        folder.promises.case_resolved(tx.now)
        save_folder(tx, folder)
        assert clocks_store.cases_to_check(tx, 10) == []
    move(app, days=7)
    close_resolved(app)
    close_resolved(app)
    assert events(app)[2:] == ["CaseClosed"]


def test_two_changes_of_the_same_version_cannot_both_win(app: App) -> None:
    case_id = case(app).id
    with app.reading() as tx:
        first, second = open_folder(tx, case_id), open_folder(tx, case_id)
    first.case.assign("user_a", "")
    second.case.assign("user_b", "")
    with app.transaction() as tx:
        save_folder(tx, first)
    with pytest.raises(Aborted), app.transaction() as tx:
        save_folder(tx, second)

    with app.reading() as tx:
        assert cases_store.get(tx, case_id).owner_id == "user_a"


def test_only_one_policy_can_be_the_default(app: App) -> None:
    first = policy(app)
    with app.transaction() as tx:
        draft = replace(first, id=tx.new_id("slap"), state=SlaPolicyState.DRAFT, active_slot=None)
        sla_policies_store.add(tx, draft)
    draft.activate()
    with pytest.raises(Aborted), app.transaction() as tx:
        sla_policies_store.save(tx, draft)


def test_a_calendar_in_use_stays_and_an_unknown_one_is_not_used(app: App) -> None:
    made = policy(app)
    with pytest.raises(Refused, match="CALENDAR_IN_USE"), app.transaction() as tx:
        calendars_store.remove(tx, calendars_store.get(tx, made.calendar_id))
    unknown = replace(made, id="slap_na_2", calendar_id="cal_na_9", active_slot=None)
    with pytest.raises(Invalid, match="CALENDAR_UNKNOWN"), app.transaction() as tx:
        sla_policies_store.add(tx, unknown)


def test_moved_messages_keep_where_they_were_written(app: App) -> None:
    first, second, third = case(app).id, case(app).id, case(app).id
    with app.transaction() as tx:
        written = Message(
            tx.new_id("msg"),
            first,
            "acc_1",
            MessageKind.PUBLIC_REPLY,
            MessageDirection.INBOUND,
            "web",
            "您好",
            "user_1",
            tx.now,
        )
        messages_store.add(tx, written)
        messages_store.move_all(tx, first, second)
        messages_store.move(tx, second, [written.id], third)
    with pytest.raises(Invalid), app.transaction() as tx:
        messages_store.move(tx, second, [written.id], third)

    with app.reading() as tx:
        moved = messages_store.get(tx, third, written.id)
    assert moved == replace(written, case_id=third, origin_case_id=first)


def test_assets_are_unique_by_serial_and_by_delivery(app: App) -> None:
    def add(**fields: str) -> Asset:
        with app.transaction() as tx:
            made = Asset(tx.new_id("ast"), "acc_1", "prod_1", "打印机", **fields)  # type: ignore[arg-type]
            made.create()
            assets_store.add(tx, made)
        return made

    numbered = add(serial="SN-1", origin="ful_1/SN-1")
    add()
    add()
    for twice in ({"serial": "SN-1"}, {"origin": "ful_1/SN-1"}):
        with pytest.raises(AlreadyExists):
            add(**twice)
    with app.reading() as tx:
        assert assets_store.from_origin(tx, "ful_1/SN-1") == numbered


def test_lists_filter_and_page_without_gaps(app: App) -> None:
    for priority in ("low", "urgent", "low", "urgent", "low"):
        case(app, priority=CasePriority(priority))
        move(app, seconds=1)

    found, token = [], ""
    while True:
        with app.reading() as tx:
            request = ListCasesRequest(page_size=2, page_token=token, filter="priority = LOW")
            page = cases_store.LISTING.page(tx, request)
        found += [row.create_time for row in page.rows]
        token = page.next_page_token
        if not token:
            break
    assert found == [MONDAY + timedelta(seconds=second) for second in (4, 2, 0)]


def test_articles_are_found_in_english_and_chinese(app: App) -> None:
    texts = (("Paper jam", "Open the printer.", "en"), ("打印机卡纸", "打开打印机。", "zh"))
    for title, body, language in texts:
        with app.transaction() as tx:
            made = Article(
                tx.new_id("art"), title, body, ArticleLanguage(language), ArticleAudience.PUBLIC
            )
            articles_store.add(tx, made)
            for text in (body, f"{body} Again."):
                made.revise({"body": text})
                version, _ = made.publish("user_1", tx.now)
                articles_store.add_version(tx, version)
                search.index(tx, made)
            articles_store.save(tx, made)
            for helpful in (False, True):
                articles_store.rate(tx, made.id, helpful, "")

    with app.reading() as tx:
        assert [hit.title for hit in search.search(tx, "PRINTER again", "", 0)] == [
            "Paper jam",
            "打印机卡纸",
        ]
        [hit] = search.search(tx, "打印机", "zh", 0)
        assert articles_store.feedback(tx, [hit.id])[hit.id] == {
            "helpful_count": 1,
            "unhelpful_count": 0,
        }
        assert [v.version_number for v in articles_store.versions_before(tx, hit.id, 9, 9)] == [
            2,
            1,
        ]
    assert (hit.matched_count, hit.snippet) == (2, "打开打印机。 Again.")
