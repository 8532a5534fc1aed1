"""The stores of partners keep their promises on every engine."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from meridian.partners.v1.commission_service_pb2 import ListCommissionStatementsRequest
from meridian.partners.v1.deal_service_pb2 import ListDealsRequest

from chassis.app import App
from chassis.database import Database
from chassis.errors import AlreadyExists, MeridianError
from chassis.manifest import Service
from chassis.migrate import differences
from chassis.money import Money
from services.partners.claims import store as claims
from services.partners.commissions import statements
from services.partners.commissions import store as commissions
from services.partners.commissions.domain import Commission, CommissionStatement
from services.partners.deals import store as deals
from services.partners.deals.conflicts import Registration
from services.partners.deals.customer import DealCustomer
from services.partners.deals.domain import Deal
from services.partners.deals.particulars import DealContact
from services.partners.deals.states import DealState
from services.partners.manifest import SERVICE
from services.partners.partners import store as partners
from services.partners.partners.domain import Partner, PartnerContact
from services.partners.partners.due_diligence import (
    DueDiligenceCheck,
    DueDiligenceEntry,
    DueDiligenceResult,
)
from services.partners.referrals import store as referrals
from services.partners.referrals.domain import Referral, ReferralRecallReason

MOMENT = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
NORDWIND = DealCustomer("Nordwind AG", "DE 811 222 333", "nordwind.example", "DE")
RACERS = 6


@pytest.fixture
def app(any_database: Callable[[Service], Database]) -> App:
    return App(SERVICE, any_database(SERVICE), clock=lambda: MOMENT)


def add_deal(app: App, partner_id: str = "partner_na_1", **fields: Any) -> Deal:
    complete = {"customer": NORDWIND, "product_line": "storage", "complete_time": MOMENT}
    with app.transaction() as tx:
        deal = Deal(id=tx.new_id("deal"), partner_id=partner_id, **(complete | fields))
        deals.add(tx, deal)
        if deal.keys:
            deals.index_keys(tx, deal)
    return deal


def test_the_migrated_database_is_the_one_the_code_means(app: App) -> None:
    assert differences(SERVICE, app.database) == []


def test_a_partner_comes_back_as_it_was_written(app: App) -> None:
    check = DueDiligenceEntry(
        DueDiligenceCheck.SANCTIONS, DueDiligenceResult.PASSED, "报告 17", "user_na_1", MOMENT
    )
    partner = Partner(
        id="partner_na_1",
        name="北风 \U0001f680",
        territories=("de-north",),
        contacts=(PartnerContact("Jo", email="jo@hanse.example"),),
        due_diligence=(check,),
    )
    with app.transaction() as tx:
        partners.add(tx, partner)

    with app.reading() as tx:
        assert partners.get(tx, partner.id) == partner


def test_a_deal_comes_back_as_it_was_written(app: App) -> None:
    deal = add_deal(
        app, contact=DealContact(family_name="Berg"), expected_amount=Money(2**53 + 1, "JPY")
    )
    bare = add_deal(app, customer=None, product_line="", complete_time=None)

    with app.reading() as tx:
        assert deals.get(tx, deal.id) == deal
        assert deals.get(tx, bare.id) == bare


def test_other_registrations_are_found_by_what_they_share(app: App) -> None:
    deal = add_deal(app, state=DealState.SUBMITTED)
    by_tax_id = add_deal(
        app,
        "partner_na_2",
        customer=DealCustomer("Other", "de811222333"),
        product_line="STORAGE",
        state=DealState.UNDER_REVIEW,
    )
    add_deal(app, state=DealState.SUBMITTED, product_line="network")
    add_deal(app, state=DealState.REJECTED)
    holder = add_deal(app, "partner_na_3", state=DealState.APPROVED)
    with app.transaction() as tx:
        deals.protect(tx, holder)

    with app.reading() as tx:
        around = deals.surroundings(tx, deal, [])
    assert around.waiting == [Registration(by_tax_id.id, "partner_na_2", MOMENT, "tax_id")]
    assert around.protected == [Registration(holder.id, "partner_na_3", MOMENT, "email_domain")]


def test_claims_are_taken_all_or_none_and_given_back(app: App) -> None:
    with app.transaction() as tx:
        assert claims.take(tx, ["b", "a"], "deal_1") == []
    with app.transaction() as tx:
        assert claims.take(tx, ["c", "b"], "deal_2") == [claims.Claim("b", "deal_1")]
        assert claims.held_by_others(tx, ["a", "b", "c"], "deal_2") == [
            claims.Claim("a", "deal_1"),
            claims.Claim("b", "deal_1"),
        ]
    with app.transaction() as tx:
        claims.release(tx, "deal_1")
        assert claims.take(tx, ["c", "b"], "deal_2") == []


def test_of_many_that_take_a_key_at_once_one_gets_it(app: App) -> None:
    together = threading.Barrier(RACERS)

    def race(number: int) -> str:
        together.wait(20)
        try:
            with app.transaction() as tx:
                held = claims.take(tx, [f"own {number}", "shared"], f"deal_{number}")
        except MeridianError as refusal:
            return refusal.reason
        return "LOST" if held else "WON"

    with ThreadPoolExecutor(RACERS) as pool:
        outcomes = Counter(pool.map(race, range(RACERS)))

    assert outcomes["WON"] == 1
    with app.reading() as tx:
        assert len(claims.held_by_others(tx, ["shared"], "")) == 1


def test_due_deals_are_found_to_the_moment(app: App) -> None:
    second = timedelta(seconds=1)
    over = add_deal(app, state=DealState.APPROVED, protection_end_time=MOMENT)
    add_deal(app, state=DealState.APPROVED, protection_end_time=MOMENT + second)
    add_deal(app, state=DealState.CONVERTED, protection_end_time=MOMENT - second)
    converting = add_deal(app, state=DealState.CONVERTING)

    with app.reading() as tx:
        assert deals.due_to_expire(tx) == [over.id]
        assert deals.left_converting(tx, MOMENT) == [converting.id]
        assert deals.left_converting(tx, MOMENT - second) == []


def test_lists_of_deals_page_without_gaps(app: App) -> None:
    made = sorted(add_deal(app, reference=f"R{number}").id for number in range(5))
    found: list[str] = []
    token = ""
    while True:
        with app.reading() as tx:
            page = deals.LISTING.page(tx, ListDealsRequest(page_size=2, page_token=token))
        found += [row.id for row in page.rows]
        token = page.next_page_token
        if not token:
            break
    assert found == made[::-1]


def add_referral(app: App, due: datetime) -> Referral:
    with app.transaction() as tx:
        referral = Referral(
            tx.new_id("referral"), "lead_na_1", "partner_na_1", "storage", response_due_time=due
        )
        referrals.add(tx, referral)
    return referral


def test_a_lead_is_free_again_after_a_recall(app: App) -> None:
    first = add_referral(app, MOMENT)
    with pytest.raises(AlreadyExists):
        add_referral(app, MOMENT)
    with app.transaction() as tx:
        assert referrals.overdue(tx) == [first.id]
        assert referrals.get(tx, first.id) == first
        first.recall(ReferralRecallReason.REASSIGNED, "")
        referrals.save(tx, first)
        assert referrals.overdue(tx) == []
    later = add_referral(app, MOMENT + timedelta(seconds=1))
    with app.reading() as tx:
        assert referrals.overdue(tx) == []
        assert referrals.get(tx, later.id).live


def test_statements_sum_large_amounts_exactly(app: App) -> None:
    large = Money(2**53 + 1, "JPY")
    ids = ("partner_na_1", "deal_na_1", "opp_na_1")
    with app.transaction() as tx:
        taken_back = Commission("commission_na_1", *ids, large, 10_000, large, MOMENT)
        assert commissions.add(tx, taken_back)
        assert not commissions.add(
            tx, Commission("commission_na_2", *ids, large, 10_000, large, MOMENT)
        )
        taken_back.reverse()
        commissions.save(tx, taken_back, "OPPORTUNITY_LOST")
        standing = Commission("commission_na_3", *ids, large, 10_000, large, MOMENT)
        assert commissions.add(tx, standing)

    with app.reading() as tx:
        assert commissions.standing(tx, "deal_na_1") == standing
        page = statements.page(tx, ListCommissionStatementsRequest(filter='period = "2026-11"'))
    assert [statements.statement_of(row) for row in page.rows] == [
        CommissionStatement(
            "partner_na_1",
            "2026-11",
            accrued=large + large,
            approved=Money.zero("JPY"),
            paid=Money.zero("JPY"),
            reversed=large,
            entry_count=3,
        )
    ]
