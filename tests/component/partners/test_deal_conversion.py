"""Expiry and conversion: by the clock, by hand, and after a crash (PRM-4)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from meridian.partners.v1 import deal_pb2
from meridian.sales.v1 import handover_pb2

from chassis.app import utc_now
from chassis.errors import Invalid, Refused, Unavailable
from services.partners.deals import conversion, expiry
from tests.component.partners.neighbours import Sales
from tests.component.partners.onboarding import activate, refusal_of
from tests.component.partners.registration import (
    approve,
    bring_under_review,
    convert,
    decisions,
)
from tests.running import Caller, RunningService


@pytest.fixture
def approved(mia: Caller) -> deal_pb2.Deal:
    """A deal protected for 90 days."""
    contact = {"family_name": "Berg", "email": "berg@nordwind.example"}
    return approve(mia, bring_under_review(mia, activate(mia).id, contact=contact).id)


def advance(partners: RunningService, **duration: float) -> None:
    """Let the service's clock run ahead by so much."""
    ahead = timedelta(**duration)
    partners.app.clock = lambda: utc_now() + ahead


def states(partners: RunningService) -> list[str]:
    return [row["state"] for row in partners.table("deals")]


def test_protection_expires(partners: RunningService, mia: Caller, approved: deal_pb2.Deal) -> None:
    advance(partners, days=89)
    expiry.expire(partners.app)
    assert states(partners) == ["approved"]

    advance(partners, days=90, seconds=1)
    expiry.expire(partners.app)
    expiry.expire(partners.app)

    assert states(partners) == ["expired"]
    assert partners.table("claims") == []
    assert partners.events().count("DealExpired") == 1
    last = decisions(mia, approved.id)[-1]
    assert (last.verdict, last.actor_id) == (deal_pb2.DEAL_VERDICT_EXPIRED, "service_partners")
    assert refusal_of(lambda: convert(mia, approved.id)).reason == "DEAL_NOT_APPROVED"


def test_a_conversion_hands_everything_over(
    partners: RunningService, sales: Sales, mia: Caller, approved: deal_pb2.Deal
) -> None:
    converted = convert(mia, approved.id, pipeline_id="pipe_1")

    assert converted.state == deal_pb2.DEAL_STATE_CONVERTED
    assert converted.outcome == deal_pb2.DEAL_OUTCOME_OPEN
    made = (converted.handover_id, converted.account_id, converted.contact_id)
    assert made == ("handover_na_1", "account_na_1", "contact_na_1")
    assert converted.opportunity_id == "opp_na_1"
    handover = sales.handovers[approved.id]
    assert (handover.partner_id, handover.deal_id) == (approved.partner_id, approved.id)
    assert (handover.owner_id, handover.team_id) == ("user_mia", "team_na_1")
    assert handover.account.name == "Nordwind AG"
    assert [i.value for i in handover.contact.identifiers] == ["berg@nordwind.example"]
    plan = handover.opportunity
    assert (plan.name, plan.pipeline_id) == ("Nordwind AG: storage", "pipe_1")
    assert (plan.amount.amount_minor, plan.amount.currency) == (25_000_000, "EUR")
    assert plan.refuse_if_open_deal
    assert partners.events()[-1] == "DealConverted"
    assert len(partners.table("claims")) == 3


def test_converting_again_changes_nothing(
    partners: RunningService, sales: Sales, mia: Caller, approved: deal_pb2.Deal
) -> None:
    first = convert(mia, approved.id, account_id="account_na_7")
    second = convert(mia, approved.id)

    assert first == second
    assert (first.account_id, len(sales.handovers)) == ("account_na_7", 1)
    assert partners.events().count("DealConverted") == 1


def test_a_conversion_waits_for_sales_and_goes_on_by_itself(
    partners: RunningService, sales: Sales, mia: Caller, approved: deal_pb2.Deal
) -> None:
    sales.trouble = Unavailable("DATABASE_BUSY")
    waiting = convert(mia, approved.id)
    sales.trouble = None
    conversion.resume(partners.app)
    too_early = states(partners)

    advance(partners, seconds=16)
    conversion.resume(partners.app)
    conversion.resume(partners.app)

    assert waiting.state == deal_pb2.DEAL_STATE_CONVERTING
    assert (too_early, states(partners)) == (["converting"], ["converted"])
    assert partners.events().count("DealConverted") == 1


def test_a_crash_after_the_handover_makes_no_second_one(
    partners: RunningService, sales: Sales, mia: Caller, approved: deal_pb2.Deal
) -> None:
    sales.trouble = Unavailable("DATABASE_BUSY")
    convert(mia, approved.id)
    sales.trouble = None
    # Sales took it over, but its answer was lost with the process that waited for it.
    sales.handovers[approved.id] = handover_pb2.Handover(
        id="handover_na_5", account_id="account_na_5", opportunity_id="opp_na_5"
    )

    advance(partners, minutes=1)
    conversion.resume(partners.app)

    rows = partners.table("deals")
    assert [(r["state"], r["handover_id"]) for r in rows] == [("converted", "handover_na_5")]
    assert len(sales.handovers) == 1


@pytest.mark.parametrize("refusal", [Refused("OPEN_DEAL_EXISTS"), Invalid("ACCOUNT_UNKNOWN")])
def test_what_sales_refuses_stays_approved(
    partners: RunningService,
    sales: Sales,
    mia: Caller,
    approved: deal_pb2.Deal,
    refusal: Refused | Invalid,
) -> None:
    sales.trouble = refusal

    answer = refusal_of(lambda: convert(mia, approved.id))

    assert isinstance(answer, Refused)
    assert (answer.reason, answer.params) == ("DEAL_REFUSED_BY_SALES", {"cause": refusal.reason})
    assert states(partners) == ["approved"]
    assert len(partners.table("claims")) == 3
    last = decisions(mia, approved.id)[-1]
    assert (last.verdict, last.note) == (deal_pb2.DEAL_VERDICT_CONVERSION_REFUSED, refusal.reason)
    sales.trouble = None
    assert convert(mia, approved.id).state == deal_pb2.DEAL_STATE_CONVERTED


def test_a_handover_that_was_undone_meanwhile_ends_the_deal(
    partners: RunningService, sales: Sales, mia: Caller, approved: deal_pb2.Deal
) -> None:
    sales.handovers[approved.id] = handover_pb2.Handover(
        id="handover_na_5", state=handover_pb2.HANDOVER_STATE_REVERTED
    )

    converted = convert(mia, approved.id)

    assert converted.outcome == deal_pb2.DEAL_OUTCOME_LOST
    assert partners.table("claims") == []
