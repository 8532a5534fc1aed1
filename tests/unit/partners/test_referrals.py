"""An offered lead is answered in time or taken back (PRM-3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.errors import Invalid, Refused
from services.partners.partners.domain import PartnerReason
from services.partners.referrals.domain import (
    Referral,
    ReferralDeclineReason,
    ReferralRecallReason,
    ReferralState,
)
from services.partners.referrals.events import (
    ReferralAccepted,
    ReferralDeclined,
    ReferralOffered,
    ReferralRecalled,
)
from tests.unit.partners.samples import NOW, an_active_partner

DUE = NOW + timedelta(hours=48)
JUST_IN_TIME = DUE - timedelta(microseconds=1)
IDS = ("referral_na_1", "lead_na_1", "partner_na_1")


def an_offer(**fields: Any) -> Referral:
    """A referral that waits for the partner's answer until DUE."""
    referral = Referral(*IDS, "Wants 40 TB of storage", **fields)
    referral.offer(an_active_partner(), at=NOW)
    return referral


def test_an_offer_starts_the_clock() -> None:
    referral = Referral(*IDS, "Wants storage")
    assert referral.offer(an_active_partner(), at=NOW) == ReferralOffered(*IDS, DUE)
    assert (referral.live, referral.response_hours) == (True, 48)


def test_an_offer_may_set_its_own_time() -> None:
    assert an_offer(response_hours=4).response_due_time == NOW + timedelta(hours=4)


def test_an_offer_names_lead_partner_and_need() -> None:
    with pytest.raises(Invalid) as refusal:
        Referral("referral_na_1", lead_id="lead_na_1").require_complete()
    assert [v.field for v in refusal.value.violations] == [
        "referral.partner_id",
        "referral.summary",
    ]


def test_a_suspended_partner_is_offered_nothing_and_accepts_nothing() -> None:
    partner = an_active_partner()
    partner.suspend(PartnerReason.COMPLIANCE, "")
    with pytest.raises(Refused, match="PARTNER_NOT_ACTIVE"):
        Referral(*IDS, "Wants storage").offer(partner, at=NOW)
    referral = an_offer()
    with pytest.raises(Refused, match="PARTNER_NOT_ACTIVE"):
        referral.accept(partner, at=NOW)
    assert referral.state is ReferralState.OFFERED


def test_accepting_in_time_keeps_it_live() -> None:
    referral = an_offer()
    assert referral.accept(an_active_partner(), at=JUST_IN_TIME) == ReferralAccepted(*IDS)
    assert (referral.live, referral.response_time) == (True, JUST_IN_TIME)
    assert referral.time_out(at=DUE) is None


def test_accepting_too_late_is_refused() -> None:
    referral = an_offer()
    with pytest.raises(Refused, match="REFERRAL_OVERDUE"):
        referral.accept(an_active_partner(), at=DUE)
    assert referral.state is ReferralState.OFFERED


def test_declining_gives_a_reason() -> None:
    referral = an_offer()
    with pytest.raises(Invalid, match="NOTE_NEEDED"):
        referral.decline(ReferralDeclineReason.OTHER, "", at=NOW)
    declined = referral.decline(ReferralDeclineReason.NO_CAPACITY, "", at=NOW)
    assert declined == ReferralDeclined(*IDS, "no_capacity")
    assert not referral.live
    with pytest.raises(Refused, match="REFERRAL_NOT_OFFERED"):
        referral.accept(an_active_partner(), at=NOW)


@pytest.mark.parametrize(("at", "times_out"), [(JUST_IN_TIME, False), (DUE, True)])
def test_no_answer_in_time_takes_it_back(at: datetime, times_out: bool) -> None:
    referral = an_offer()
    event = referral.time_out(at=at)
    assert event == (ReferralRecalled(*IDS, "timed_out") if times_out else None)
    assert referral.live is not times_out


def test_an_accepted_one_can_be_recalled_once() -> None:
    referral = an_offer()
    referral.accept(an_active_partner(), at=NOW)
    recalled = referral.recall(ReferralRecallReason.NOT_WORKED, "no call for a week")
    assert recalled == ReferralRecalled(*IDS, "not_worked")
    assert (referral.live, referral.note) == (False, "no call for a week")
    with pytest.raises(Refused, match="REFERRAL_NOT_LIVE"):
        referral.recall(ReferralRecallReason.REASSIGNED, "")


def test_recalling_for_another_reason_says_which() -> None:
    referral = an_offer()
    with pytest.raises(Invalid, match="NOTE_NEEDED"):
        referral.recall(ReferralRecallReason.OTHER, " ")
    assert referral.state is ReferralState.OFFERED
