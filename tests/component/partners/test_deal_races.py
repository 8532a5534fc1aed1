"""Two racing approvals can never both win (PRM-4), proved with many at once on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from meridian.partners.v1 import deal_pb2

from chassis.errors import MeridianError
from tests.component.partners.neighbours import Sales
from tests.component.partners.onboarding import activate
from tests.component.partners.registration import NORDWIND, approve, bring_under_review, reject
from tests.running import Caller, RunningService

RACERS = 8
#: Each racer names the customer by some of these; every two share one, no one is in all.
PARTS = (
    {"tax_id": NORDWIND["tax_id"], "email_domain": NORDWIND["email_domain"], "name": "A"},
    {"tax_id": NORDWIND["tax_id"], "name": "Nordwind AG"},
    {"email_domain": NORDWIND["email_domain"], "name": "NORDWIND"},
)


@pytest.mark.parametrize("attempt", range(3))
def test_of_many_approvals_at_once_one_wins(
    partners: RunningService, sales: Sales, mia: Caller, attempt: int
) -> None:
    # One partner's own registrations: no rule but the claim decides between them.
    partner_id = activate(mia).id
    racing = [
        bring_under_review(
            mia, partner_id, customer=PARTS[number % len(PARTS)] | {"country": "DE"}
        ).id
        for number in range(RACERS)
    ]
    together = threading.Barrier(RACERS)
    # All have read and asked sales before any goes on to its deciding transaction.
    sales.while_asked = lambda: together.wait(20) and None

    def race(deal_id: str) -> str:
        try:
            return deal_pb2.DealState.Name(approve(mia, deal_id).state)
        except MeridianError as refusal:
            return refusal.reason

    with ThreadPoolExecutor(RACERS) as pool:
        outcomes = Counter(pool.map(race, racing))

    assert outcomes == {"DEAL_STATE_APPROVED": 1, "DEAL_PROTECTED_FOR_OTHER": RACERS - 1}
    won = [row["id"] for row in partners.table("deals") if row["state"] == "approved"]
    assert len(won) == 1
    assert {row["holder_id"] for row in partners.table("claims")} == set(won)
    assert partners.events().count("DealApproved") == 1
    sales.while_asked = lambda: None
    reject(mia, won[0])
    assert partners.table("claims") == []


def test_one_deal_approved_by_many_is_approved_once(
    partners: RunningService, sales: Sales, mia: Caller
) -> None:
    deal_id = bring_under_review(mia, activate(mia).id).id
    together = threading.Barrier(RACERS)
    sales.while_asked = lambda: together.wait(20) and None

    def race(_number: int) -> str:
        try:
            return deal_pb2.DealState.Name(approve(mia, deal_id).state)
        except MeridianError as refusal:
            return refusal.reason

    with ThreadPoolExecutor(RACERS) as pool:
        outcomes = Counter(pool.map(race, range(RACERS)))

    assert outcomes["DEAL_STATE_APPROVED"] == 1
    assert partners.events().count("DealApproved") == 1
    assert len(partners.table("claims")) == 3
