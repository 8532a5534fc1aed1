"""Referrals through real gRPC on a real PostgreSQL (PRM-3)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from meridian.partners.v1 import referral_pb2, referral_service_pb2

from chassis.app import utc_now
from chassis.errors import AlreadyExists, Denied, Invalid, MeridianError, NotFound
from services.partners.referrals import timeout
from tests.component.partners.onboarding import activate, refusal_of, suspend
from tests.running import Caller, RunningService

REFERRALS = referral_service_pb2.DESCRIPTOR.services_by_name["ReferralService"]
Request = referral_service_pb2
LEAD = "lead_na_1"


@pytest.fixture
def jo(partners: RunningService, mia: Caller) -> Caller:
    """A user of a partner."""
    grants = ("partners.referrals.read@partner", "partners.referrals.answer@partner")
    return partners.caller("user_jo", *grants, partner_id=activate(mia).id)


def offer(caller: Caller, partner_id: str, lead_id: str = LEAD, **fields: Any) -> Any:
    referral = {"lead_id": lead_id, "partner_id": partner_id, "summary": "Wants 40 TB of storage"}
    request = Request.CreateReferralRequest(referral=referral | fields)
    return caller.call(REFERRALS).CreateReferral(request)


def accept(caller: Caller, referral_id: str) -> Any:
    return caller.call(REFERRALS).AcceptReferral(Request.AcceptReferralRequest(id=referral_id))


def decline(caller: Caller, referral_id: str, reason: int, note: str = "") -> Any:
    request = Request.DeclineReferralRequest(id=referral_id, reason=reason, note=note)
    return caller.call(REFERRALS).DeclineReferral(request)


def recall(caller: Caller, referral_id: str, reason: int, note: str = "") -> Any:
    request = Request.RecallReferralRequest(id=referral_id, reason=reason, note=note)
    return caller.call(REFERRALS).RecallReferral(request)


def listed(caller: Caller, **query: Any) -> list[str]:
    """Lead ids on one page."""
    page = caller.call(REFERRALS).ListReferrals(Request.ListReferralsRequest(**query))
    return [referral.lead_id for referral in page.referrals]


def test_an_offer_is_accepted(partners: RunningService, mia: Caller, jo: Caller) -> None:
    amount = {"amount_minor": 5_000_000, "currency": "EUR"}
    offered = offer(mia, jo.identity.partner_id, estimated_amount=amount, response_hours=4)
    accepted = accept(jo, offered.id)

    assert (offered.state, offered.owner_id) == (referral_pb2.REFERRAL_STATE_OFFERED, "user_mia")
    due = offered.response_due_time.ToDatetime() - offered.create_time.ToDatetime()
    assert due == timedelta(hours=4)
    assert accepted.state == referral_pb2.REFERRAL_STATE_ACCEPTED
    assert accepted.HasField("response_time")
    assert partners.events()[-2:] == ["ReferralOffered", "ReferralAccepted"]
    assert refusal_of(lambda: accept(jo, offered.id)).reason == "REFERRAL_NOT_OFFERED"


def test_an_offer_names_lead_partner_and_need(partners: RunningService, mia: Caller) -> None:
    refusal = refusal_of(lambda: offer(mia, "", lead_id=""))
    nobody = refusal_of(lambda: offer(mia, "partner_na_none"))

    assert isinstance(refusal, Invalid)
    assert [v.field for v in refusal.violations] == ["referral.lead_id", "referral.partner_id"]
    assert isinstance(nobody, NotFound)
    assert partners.table("referrals") == []
    assert partners.table("claims") == []


def test_a_lead_is_with_one_partner_at_a_time(
    partners: RunningService, mia: Caller, jo: Caller
) -> None:
    other = activate(mia, name="Other").id
    first = offer(mia, jo.identity.partner_id)

    refusal = refusal_of(lambda: offer(mia, other))
    decline(jo, first.id, referral_pb2.REFERRAL_DECLINE_REASON_NO_CAPACITY)
    second = offer(mia, other)

    assert isinstance(refusal, AlreadyExists)
    assert (refusal.reason, refusal.params) == ("LEAD_ALREADY_REFERRED", {"referral_id": first.id})
    assert [row["holder_id"] for row in partners.table("claims")] == [second.id]
    assert partners.events()[-2:] == ["ReferralDeclined", "ReferralOffered"]


def test_of_many_offers_of_a_lead_at_once_one_is_made(
    partners: RunningService, mia: Caller
) -> None:
    ids = [activate(mia, name=f"Partner {number}").id for number in range(6)]

    def race(partner_id: str) -> str:
        try:
            return referral_pb2.ReferralState.Name(offer(mia, partner_id).state)
        except MeridianError as refusal:
            return refusal.reason

    with ThreadPoolExecutor(6) as pool:
        outcomes = Counter(pool.map(race, ids))

    assert outcomes == {"REFERRAL_STATE_OFFERED": 1, "LEAD_ALREADY_REFERRED": 5}
    assert len(partners.table("referrals")) == 1


def test_no_answer_in_time_recalls_it(partners: RunningService, mia: Caller, jo: Caller) -> None:
    waiting = offer(mia, jo.identity.partner_id)
    taken = offer(mia, jo.identity.partner_id, lead_id="lead_na_2")
    accept(jo, taken.id)
    timeout.recall_overdue(partners.app)
    assert {row["state"] for row in partners.table("referrals")} == {"offered", "accepted"}

    partners.app.clock = lambda: utc_now() + timedelta(hours=48, seconds=1)
    late = refusal_of(lambda: accept(jo, waiting.id))
    timeout.recall_overdue(partners.app)
    timeout.recall_overdue(partners.app)

    assert late.reason == "REFERRAL_OVERDUE"
    rows = {row["id"]: (row["state"], row["recall_reason"]) for row in partners.table("referrals")}
    assert rows == {waiting.id: ("recalled", "timed_out"), taken.id: ("accepted", None)}
    assert [row["holder_id"] for row in partners.table("claims")] == [taken.id]
    assert partners.events().count("ReferralRecalled") == 1


def test_a_live_one_is_recalled_by_hand(partners: RunningService, mia: Caller, jo: Caller) -> None:
    referral = offer(mia, jo.identity.partner_id)
    accept(jo, referral.id)

    by_clock = refusal_of(
        lambda: recall(mia, referral.id, referral_pb2.REFERRAL_RECALL_REASON_TIMED_OUT)
    )
    unexplained = refusal_of(
        lambda: recall(mia, referral.id, referral_pb2.REFERRAL_RECALL_REASON_OTHER)
    )
    recalled = recall(mia, referral.id, referral_pb2.REFERRAL_RECALL_REASON_NOT_WORKED)
    again = refusal_of(
        lambda: recall(mia, referral.id, referral_pb2.REFERRAL_RECALL_REASON_REASSIGNED)
    )

    assert (by_clock.reason, unexplained.reason) == ("INVALID_FIELDS", "NOTE_NEEDED")
    assert recalled.state == referral_pb2.REFERRAL_STATE_RECALLED
    assert again.reason == "REFERRAL_NOT_LIVE"
    assert partners.table("claims") == []


def test_a_suspended_partner_accepts_nothing(
    partners: RunningService, mia: Caller, jo: Caller
) -> None:
    referral = offer(mia, jo.identity.partner_id)
    suspend(mia, jo.identity.partner_id)

    assert refusal_of(lambda: accept(jo, referral.id)).reason == "PARTNER_NOT_ACTIVE"
    refusal = refusal_of(lambda: offer(mia, jo.identity.partner_id, lead_id="lead_na_2"))
    assert refusal.reason == "PARTNER_NOT_ACTIVE"
    assert [row["state"] for row in partners.table("referrals")] == ["offered"]


def test_partner_users_answer_their_own_offers_alone(
    partners: RunningService, mia: Caller, jo: Caller
) -> None:
    own = offer(mia, jo.identity.partner_id)
    foreign = offer(mia, activate(mia, name="Other").id, lead_id="lead_na_2")

    assert listed(jo) == [LEAD]
    assert listed(mia, order_by="lead_id", filter="state = OFFERED") == [LEAD, "lead_na_2"]
    assert isinstance(refusal_of(lambda: accept(jo, foreign.id)), NotFound)
    refusal = refusal_of(lambda: recall(jo, own.id, referral_pb2.REFERRAL_RECALL_REASON_REASSIGNED))
    assert isinstance(refusal, Denied)
    assert refusal.params == {"permission": "partners.referrals.recall"}
