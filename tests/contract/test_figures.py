"""The figures of the business are counted alike on every engine, and tell nothing of anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from prometheus_client import REGISTRY

from chassis import figures
from chassis.app import App
from chassis.database import Database
from chassis.manifest import Service
from chassis.settings import SERVICES
from services.marketing.leads import store as leads_store
from services.marketing.leads.domain import Lead
from services.marketing.manifest import SERVICE as MARKETING
from services.partners.deals import store as deals_store
from services.partners.deals.domain import Deal
from services.partners.deals.states import DealState
from services.partners.manifest import SERVICE as PARTNERS
from services.service.cases.domain import Case
from services.service.cases.folder import add_folder, open_folder, save_folder
from services.service.cases.timers import check_clocks
from services.service.manifest import SERVICE
from tests.contract.test_service_store import policy

CLEARING, UNDER_REVIEW = DealState.CLEARING, DealState.UNDER_REVIEW
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Hands:
    """The hands of a clock that stands where a test puts it."""

    time = MONDAY

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    found: Service = import_module(f"services.{request.param}.manifest").SERVICE
    return found


def test_every_figure_can_be_told_of_an_empty_database(
    any_database: Callable[[Service], Database], service: Service
) -> None:
    app = App(service, any_database(service))
    figures.tell(app)
    with app.reading() as tx:
        read = {figure.name: figure.read(tx) for figure in service.figures}
    for figure in service.figures:
        assert set(read[figure.name].values()) == {0}
        for values in read[figure.name]:
            labels = dict(zip(figure.labels, values, strict=True))
            told = {"service": service.name, **labels}
            assert REGISTRY.get_sample_value(f"meridian_{figure.name}", told) == 0


def test_leads_count_for_thirty_days(
    any_database: Callable[[Service], Database], hands: Hands
) -> None:
    app = App(MARKETING, any_database(MARKETING), clock=hands)
    for age in (31, 29, 3):
        hands.time = MONDAY - timedelta(days=age)
        with app.transaction() as tx:
            leads_store.add(tx, Lead(id=tx.new_id("lead"), company="Acme"))
    hands.time = MONDAY
    with app.transaction() as tx:
        worked = Lead(id=tx.new_id("lead"), company="Acme")
        worked.work(at=MONDAY)
        leads_store.add(tx, worked)

    figures.tell(app)

    def leads(state: str) -> float | None:
        return REGISTRY.get_sample_value(
            "meridian_recent_leads", {"service": "marketing", "state": state}
        )

    assert (leads("new"), leads("working"), leads("converted")) == (2, 1, 0)


def test_a_count_stops_where_it_would_cost_too_much(
    any_database: Callable[[Service], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "MOST_COUNTED", 2)
    app = App(MARKETING, any_database(MARKETING))
    with app.transaction() as tx:
        leads_store.add_all(tx, [Lead(id=tx.new_id("lead"), company="Acme") for _ in range(5)])
    with app.reading() as tx:
        assert figures.count_up_to(tx, leads_store.leads) == 2
        assert MARKETING.figures[0].read(tx)[("new",)] == 2


def test_deals_that_wait_for_the_hub_are_counted_and_the_longest_wait_is_told(
    any_database: Callable[[Service], Database], hands: Hands
) -> None:
    app = App(PARTNERS, any_database(PARTNERS), clock=hands)
    for state, minutes in ((CLEARING, 7), (CLEARING, 2), (UNDER_REVIEW, 60)):
        with app.transaction() as tx:
            asked = MONDAY - timedelta(minutes=minutes)
            deal = Deal(id=tx.new_id("deal"), partner_id="partner_1", state=state)
            deal.clearing_time = asked if state is CLEARING else None
            deals_store.add(tx, deal)

    figures.tell(app)

    told = {"service": "partners"}
    assert REGISTRY.get_sample_value("meridian_clearing_deals", told) == 2
    longest = REGISTRY.get_sample_value("meridian_clearing_deals_oldest_age_seconds", told)
    assert longest == 7 * 60


def test_a_case_in_breach_counts_until_it_is_solved(
    any_database: Callable[[Service], Database], hands: Hands
) -> None:
    app = App(SERVICE, any_database(SERVICE), clock=hands)
    policy(app)
    cases = []
    for _ in range(2):
        with app.transaction() as tx:
            cases.append(Case(tx.new_id("case"), "Printer on fire", "acc_1"))
            cases[-1].create()
            add_folder(tx, cases[-1])
    hands.time += timedelta(minutes=90)
    check_clocks(app)
    assert _in_breach(app) == {"first_response": 2, "update": 0, "resolution": 0}

    with app.transaction() as tx:
        folder = open_folder(tx, cases[0].id)
        resolved = folder.case.resolve("mended", at=tx.now)
        tx.announce(resolved, *folder.promises.case_resolved(tx.now))
        save_folder(tx, folder)
    assert _in_breach(app) == {"first_response": 1, "update": 0, "resolution": 0}


def _in_breach(app: App) -> dict[str, int]:
    with app.reading() as tx:
        (figure,) = [figure for figure in SERVICE.figures if figure.name == "cases_in_breach"]
        return {kind: number for (kind,), number in figure.read(tx).items()}
