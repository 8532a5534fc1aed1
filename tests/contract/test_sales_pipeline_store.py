"""The stores of pipelines, opportunities and activities keep their promises on every engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from meridian.sales.v1.opportunity_service_pb2 import ListOpportunitiesRequest

from chassis.app import App
from chassis.database import Database
from chassis.errors import Aborted
from chassis.manifest import Service
from chassis.money import Money
from services.sales.activities import store as activities
from services.sales.activities.domain import Activity, Participant
from services.sales.manifest import SERVICE
from services.sales.opportunities import store as opportunities
from services.sales.opportunities.domain import Opportunity, TeamMember
from services.sales.pipelines import standard
from services.sales.pipelines import store as pipelines
from services.sales.pipelines.domain import Pipeline

MOMENT = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def app(any_database: Callable[[Service], Database]) -> App:
    return App(SERVICE, any_database(SERVICE), clock=lambda: MOMENT)


def add_opportunity(app: App, **fields: Any) -> Opportunity:
    with app.transaction() as tx:
        opportunity = Opportunity(tx.new_id("opp"), account_id="account_na_1", **fields)
        opportunity.enter(pipelines.default(tx), tx.now)
        opportunities.add(tx, opportunity)
    return opportunity


def test_the_standard_pipeline_comes_back_as_it_was_seeded(app: App) -> None:
    with app.reading() as tx:
        seeded = pipelines.default(tx)

    assert (seeded.id, seeded.name, seeded.stages) == (
        standard.ID,
        standard.NAME,
        standard.STAGES,
    )


def test_a_pipeline_comes_back_as_it_was_written(app: App) -> None:
    with app.transaction() as tx:
        written = Pipeline(tx.new_id("pipeline"), name="短流程", stages=standard.STAGES[:2])
        pipelines.add(tx, written)
        pipelines.hold_all(tx)

    with app.transaction() as tx:
        assert pipelines.keep(tx, written.id) == written


def test_an_opportunity_comes_back_as_it_was_written(app: App) -> None:
    written = add_opportunity(
        app,
        amount=Money(10**15, "JPY"),
        competitors=("Globex", "环球"),
        team=(TeamMember("user_na_1", "owner", 100),),
        checked_items=("understand.need_confirmed",),
    )

    with app.reading() as tx:
        assert opportunities.get(tx, written.id) == written


def test_a_move_ends_one_visit_and_begins_another(app: App) -> None:
    opportunity = add_opportunity(app)
    with app.transaction() as tx:
        opportunity.move(pipelines.default(tx), "understand", "", tx.now)
        opportunities.save(tx, opportunity)
        opportunities.leave_stage(tx, opportunity)
        opportunities.enter_stage(tx, opportunity, "next")

    with app.reading() as tx:
        visits = opportunities.visits(tx, opportunity.id)
        occupied = opportunities.occupied_stages(tx, standard.ID)
    assert [(visit.stage, visit.leave_time, visit.reason) for visit in visits] == [
        ("identify", MOMENT, ""),
        ("understand", None, "next"),
    ]
    assert occupied == ["understand"]


def test_two_changes_of_the_same_version_cannot_both_win(app: App) -> None:
    opportunity = add_opportunity(app)
    with app.reading() as tx:
        first, second = (opportunities.get(tx, opportunity.id) for _ in range(2))

    def save(changed: Opportunity, name: str) -> None:
        with app.transaction() as tx:
            changed.revise({"name": name})
            opportunities.save(tx, changed)

    save(first, "first")
    with pytest.raises(Aborted):
        save(second, "second")

    with app.reading() as tx:
        assert opportunities.get(tx, opportunity.id).name == "first"


@pytest.mark.parametrize(
    ("order_by", "expected"),
    [
        ("amount_minor, name", ["B", "C", "A", "D", "E"]),
        ("amount_minor desc, name", ["A", "B", "C", "D", "E"]),
        ("name desc", ["E", "D", "C", "B", "A"]),
    ],
)
def test_pages_by_a_value_that_may_be_missing_have_no_gaps(
    app: App, order_by: str, expected: list[str]
) -> None:
    for name, minor in {"A": 900, "D": None, "B": 100, "E": None, "C": 100}.items():
        add_opportunity(app, name=name, amount=None if minor is None else Money(minor, "EUR"))

    for page_size in (1, 2, 5):
        assert names(app, order_by=order_by, page_size=page_size) == expected


def names(app: App, **query: str | int) -> list[str]:
    found, token = [], ""
    while True:
        with app.reading() as tx:
            request = ListOpportunitiesRequest(page_token=token, **query)
            page = opportunities.LISTING.page(tx, request)
        found += [row.name for row in page.rows]
        token = page.next_page_token
        if not token:
            return found


def test_open_deals_are_found_by_account_and_line(app: App) -> None:
    storage = add_opportunity(app, product_line="Storage")
    undecided = add_opportunity(app)
    add_opportunity(app, product_line="cloud")

    with app.reading() as tx:
        found = opportunities.open_for(tx, ["account_na_1"], "storage")
        nothing = opportunities.open_for(tx, [], "storage")
    assert [each.id for each in found] == sorted([storage.id, undecided.id])
    assert nothing == []


def test_due_reminders_are_claimed_in_order(app: App) -> None:
    with app.transaction() as tx:
        for number, minutes in enumerate((10, 30, 20)):
            due = MOMENT + timedelta(minutes=minutes)
            activity = Activity(tx.new_id("activity"), title=str(number), due_time=due)
            activity.reminder_minutes, activity.participants = 20, (Participant("user_na_1"),)
            activity.plan()
            activities.add(tx, activity)

    with app.transaction() as tx:
        claimed = activities.claim_due(tx, limit=10)

    assert [activity.title for activity in claimed] == ["0", "2"]
    assert claimed[0].participants == (Participant("user_na_1"),)
