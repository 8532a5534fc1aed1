"""Commissions: sales' events in, a ledger that adds up out, on a real PostgreSQL (PRM-7)."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from google.protobuf.message import Message
from meridian.partners.v1 import commission_pb2, commission_service_pb2, deal_pb2
from meridian.sales.events.v1 import handover_events_pb2, opportunity_events_pb2

from chassis.errors import Denied, NotFound, Unavailable
from chassis.inbox import Event, handle_once
from chassis.outbox import subject_of
from services.partners.manifest import SERVICE
from tests.component.partners.neighbours import Sales
from tests.component.partners.onboarding import activate, refusal_of
from tests.component.partners.registration import (
    approve,
    bring_under_review,
    convert,
    decisions,
)
from tests.running import Caller, RunningService

COMMISSIONS = commission_service_pb2.DESCRIPTOR.services_by_name["CommissionService"]
Request = commission_service_pb2
NOVEMBER = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
_numbers = itertools.count(1)


@pytest.fixture
def deal(partners: RunningService, mia: Caller) -> deal_pb2.Deal:
    """A deal at 12.50 % that sales has taken over."""
    deal_id = bring_under_review(mia, activate(mia).id).id
    return convert(mia, approve(mia, deal_id).id)


def happen(partners: RunningService, event: Message, *, event_id: str = "") -> bool:
    """Let an event of sales arrive; False if it had arrived before."""
    headers = {"ce-id": event_id or f"event-{next(_numbers)}", "ce-actor": "user_sam"}
    arrived = Event(subject_of(type(event), "na"), headers, event.SerializeToString())
    return handle_once(partners.app, "partners-from-sales", SERVICE.reactions, [arrived])[0]


def won(deal: deal_pb2.Deal, minor: int = 10_000_020, **fields: Any) -> Message:
    facts: dict[str, Any] = {
        "opportunity_id": deal.opportunity_id,
        "deal_id": deal.id,
        "amount": {"amount_minor": minor, "currency": "EUR"},
        "close_time": NOVEMBER,
    }
    return opportunity_events_pb2.OpportunityWon(**(facts | fields))


def reopened(deal: deal_pb2.Deal) -> Message:
    return opportunity_events_pb2.OpportunityReopened(
        opportunity_id=deal.opportunity_id, deal_id=deal.id, closed_as="won"
    )


def lost(deal: deal_pb2.Deal) -> Message:
    return opportunity_events_pb2.OpportunityLost(
        opportunity_id=deal.opportunity_id, deal_id=deal.id, reason="price"
    )


def listed(caller: Caller, **query: Any) -> list[commission_pb2.Commission]:
    page = caller.call(COMMISSIONS).ListCommissions(Request.ListCommissionsRequest(**query))
    return list(page.commissions)


def entries(caller: Caller, commission_id: str = "-", **query: Any) -> list[tuple[str, int, str]]:
    request = Request.ListCommissionEntriesRequest(commission_id=commission_id, **query)
    page = caller.call(COMMISSIONS).ListCommissionEntries(request)
    return [
        (
            commission_pb2.CommissionState.Name(entry.kind).removeprefix("COMMISSION_STATE_"),
            entry.amount.amount_minor,
            entry.note,
        )
        for entry in page.entries
    ]


def statements(caller: Caller, **query: Any) -> list[tuple[str, int, int, int, int, int]]:
    """(period, accrued, paid, reversed, balance, entries) of one page."""
    request = Request.ListCommissionStatementsRequest(**query)
    page = caller.call(COMMISSIONS).ListCommissionStatements(request)
    return [
        (
            each.period,
            each.accrued.amount_minor,
            each.paid.amount_minor,
            each.reversed.amount_minor,
            each.balance.amount_minor,
            each.entry_count,
        )
        for each in page.statements
    ]


def test_a_won_deal_pays_once(partners: RunningService, mia: Caller, deal: deal_pb2.Deal) -> None:
    assert happen(partners, won(deal), event_id="event-a")
    assert not happen(partners, won(deal), event_id="event-a")
    assert happen(partners, won(deal), event_id="event-b")

    (commission,) = listed(mia, filter=f'deal_id = "{deal.id}"')
    # 12.50 % of 100 000.20 EUR is 12 500.025 EUR: half a cent, to the even one.
    assert (commission.amount.amount_minor, commission.amount.currency) == (1_250_002, "EUR")
    assert (commission.rate_bp, commission.partner_id) == (1250, deal.partner_id)
    assert commission.win_time.ToDatetime(UTC) == NOVEMBER
    assert entries(mia, commission.id) == [("ACCRUED", 1_250_002, "")]
    assert partners.events().count("CommissionAccrued") == 1
    assert decisions(mia, deal.id)[-1].verdict == deal_pb2.DEAL_VERDICT_WON
    assert {row["key"] for row in partners.table("claims")} == {f"commission|{deal.id}"}


def test_a_commission_is_approved_and_paid(
    partners: RunningService, mia: Caller, deal: deal_pb2.Deal
) -> None:
    happen(partners, won(deal, 100_000))
    (commission,) = listed(mia)
    pay = Request.PayCommissionRequest(id=commission.id, payment_reference="P-1")
    too_early = refusal_of(lambda: mia.call(COMMISSIONS).PayCommission(pay))

    approve = Request.ApproveCommissionRequest(id=commission.id, etag="1")
    approved = mia.call(COMMISSIONS).ApproveCommission(approve)
    stale = refusal_of(lambda: mia.call(COMMISSIONS).ApproveCommission(approve))
    paid = mia.call(COMMISSIONS).PayCommission(pay)

    assert (too_early.reason, stale.reason) == ("COMMISSION_NOT_APPROVED", "STALE_ETAG")
    assert (approved.state, paid.state) == (2, 3)
    assert entries(mia) == [
        ("ACCRUED", 12_500, ""),
        ("APPROVED", 12_500, ""),
        ("PAID", 12_500, "P-1"),
    ]
    assert partners.events()[-2:] == ["CommissionApproved", "CommissionPaid"]


def test_a_reopened_deal_gives_it_back_and_may_earn_it_again(
    partners: RunningService, mia: Caller, deal: deal_pb2.Deal
) -> None:
    happen(partners, won(deal, 100_000))
    happen(partners, reopened(deal))
    open_again = len(partners.table("claims"))
    happen(partners, won(deal, 80_000))
    happen(partners, lost(deal))
    happen(partners, lost(deal))

    assert open_again == 3
    assert entries(mia) == [
        ("ACCRUED", 12_500, ""),
        ("REVERSED", 12_500, "OPPORTUNITY_REOPENED"),
        ("ACCRUED", 10_000, ""),
        ("REVERSED", 10_000, "OPPORTUNITY_LOST"),
    ]
    verdicts = [decision.verdict for decision in decisions(mia, deal.id)][-4:]
    assert verdicts == [
        deal_pb2.DEAL_VERDICT_WON,
        deal_pb2.DEAL_VERDICT_REOPENED,
        deal_pb2.DEAL_VERDICT_WON,
        deal_pb2.DEAL_VERDICT_LOST,
    ]
    assert partners.table("claims") == []


def test_statements_are_the_sums_of_the_ledger(
    partners: RunningService, mia: Caller, deal: deal_pb2.Deal
) -> None:
    partners.app.clock = lambda: NOVEMBER
    happen(partners, won(deal, 100_000))
    (commission,) = listed(mia)
    mia.call(COMMISSIONS).ApproveCommission(Request.ApproveCommissionRequest(id=commission.id))
    pay = Request.PayCommissionRequest(id=commission.id, payment_reference="P-1")
    mia.call(COMMISSIONS).PayCommission(pay)
    partners.app.clock = lambda: DECEMBER
    happen(partners, reopened(deal))
    happen(partners, won(deal, 40_000))

    december = ("2026-12", 5_000, 0, 12_500, -7_500, 2)
    november = ("2026-11", 12_500, 12_500, 0, 0, 3)
    assert statements(mia) == [december, november]
    assert statements(mia, order_by="period", filter='period < "2026-12"') == [november]
    first = mia.call(COMMISSIONS).ListCommissionStatements(
        Request.ListCommissionStatementsRequest(page_size=1)
    )
    assert statements(mia, page_size=1, page_token=first.next_page_token) == [november]


def test_a_reopened_customer_may_belong_to_another_by_then(
    partners: RunningService, mia: Caller, deal: deal_pb2.Deal
) -> None:
    happen(partners, lost(deal))
    other = bring_under_review(mia, activate(mia, name="Other").id)
    approve(mia, other.id)

    happen(partners, reopened(deal))

    last = decisions(mia, deal.id)[-1]
    assert last.verdict == deal_pb2.DEAL_VERDICT_REOPENED
    assert [(f.conflict, f.conflicting_id) for f in last.findings] == [(True, other.id)]
    assert {row["holder_id"] for row in partners.table("claims")} == {other.id}


def test_what_did_not_come_of_our_deals_pays_nothing(
    partners: RunningService, mia: Caller, deal: deal_pb2.Deal
) -> None:
    happen(partners, won(deal, opportunity_id="opp_na_other"))
    happen(partners, won(deal, deal_id="deal_emea_unknown"))
    happen(partners, won(deal, deal_id=""))

    assert listed(mia) == []
    assert decisions(mia, deal.id)[-1].verdict == deal_pb2.DEAL_VERDICT_CONVERTED


def test_a_win_waits_until_the_conversion_is_known(
    partners: RunningService, sales: Sales, mia: Caller
) -> None:
    approved = approve(mia, bring_under_review(mia, activate(mia).id).id)
    sales.trouble = Unavailable("DATABASE_BUSY")
    converting = convert(mia, approved.id)

    with pytest.raises(Unavailable, match="DEAL_CONVERTING"):
        happen(partners, won(converting), event_id="event-w")
    sales.trouble = None
    converted = convert(mia, approved.id)
    assert happen(partners, won(converted), event_id="event-w")

    assert len(listed(mia)) == 1


def test_an_undone_handover_frees_the_customer(
    partners: RunningService, mia: Caller, deal: deal_pb2.Deal
) -> None:
    happen(
        partners,
        handover_events_pb2.HandoverReverted(handover_id=deal.handover_id, deal_id=deal.id),
    )

    assert decisions(mia, deal.id)[-1].note == "HANDOVER_REVERTED"
    assert partners.table("claims") == []


def test_partner_users_follow_their_own_commissions(
    partners: RunningService, mia: Caller, deal: deal_pb2.Deal
) -> None:
    happen(partners, won(deal, 100_000))
    grant = "partners.commissions.read@partner"
    own = partners.caller("user_jo", grant, partner_id=deal.partner_id)
    other = partners.caller("user_xu", grant, partner_id="partner_na_other")

    (commission,) = listed(own)
    assert entries(own) == [("ACCRUED", 12_500, "")]
    assert len(statements(own)) == 1
    assert (listed(other), entries(other), statements(other)) == ([], [], [])
    get = Request.GetCommissionRequest(id=commission.id)
    assert own.call(COMMISSIONS).GetCommission(get) == commission
    assert isinstance(refusal_of(lambda: other.call(COMMISSIONS).GetCommission(get)), NotFound)
    approval = Request.ApproveCommissionRequest(id=commission.id)
    refusal = refusal_of(lambda: own.call(COMMISSIONS).ApproveCommission(approval))
    assert isinstance(refusal, Denied)
