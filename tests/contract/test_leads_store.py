"""The leads' store keeps its promises on every engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from meridian.marketing.v1.lead_service_pb2 import ListLeadsRequest

from chassis.app import App
from chassis.database import Database
from chassis.errors import Aborted
from chassis.manifest import Service
from chassis.migrate import differences
from services.marketing.leads import store
from services.marketing.leads.domain import Lead, LeadState
from services.marketing.manifest import SERVICE

MOMENT = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def app(any_database: Callable[[Service], Database]) -> App:
    return App(SERVICE, any_database(SERVICE), clock=lambda: MOMENT)


def add(app: App, **fields: str) -> Lead:
    with app.transaction() as tx:
        lead = Lead(id=tx.new_id("lead"), **fields)
        store.add(tx, lead)
    return lead


def test_the_migrated_database_is_the_one_the_code_means(app: App) -> None:
    assert differences(SERVICE, app.database) == []


def test_a_lead_comes_back_as_it_was_written(app: App) -> None:
    lead = add(app, family_name="王", interest="数据仓库 \U0001f680", email="wang@example.com")

    with app.reading() as tx:
        assert store.get(tx, lead.id) == lead
    assert lead.create_time == MOMENT


def test_two_changes_of_the_same_version_cannot_both_win(app: App) -> None:
    lead = add(app, company="Acme")
    with app.reading() as tx:
        first, second = store.get(tx, lead.id), store.get(tx, lead.id)

    first.work(at=MOMENT)
    second.qualify(at=MOMENT)
    save(app, first)
    with pytest.raises(Aborted):
        save(app, second)

    with app.reading() as tx:
        assert store.get(tx, lead.id).state is LeadState.WORKING


def test_lists_compare_exactly_and_page_without_gaps(app: App) -> None:
    for company in ("b", "B", "a", "ä", "A_1", "AX1"):
        add(app, company=company)

    assert companies(app, order_by="company") == ["AX1", "A_1", "B", "a", "b", "ä"]
    assert companies(app, order_by="company", filter='company = "A_*"') == ["A_1"]
    assert companies(app, order_by="company desc", filter='company != "b"', page_size=2) == [
        "ä",
        "a",
        "B",
        "A_1",
        "AX1",
    ]


def save(app: App, lead: Lead) -> None:
    with app.transaction() as tx:
        store.save(tx, lead)


def companies(app: App, **query: str | int) -> list[str]:
    found, token = [], ""
    while True:
        with app.reading() as tx:
            page = store.LISTING.page(tx, ListLeadsRequest(page_token=token, **query))
        found += [row.company for row in page.rows]
        token = page.next_page_token
        if not token:
            return found
