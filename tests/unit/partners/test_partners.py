"""Onboarding comes in order, nothing is skipped, and an exit is final (PRM-1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid, MeridianError, Refused
from services.partners.partners.domain import (
    Partner,
    PartnerReason,
    PartnerState,
    PartnerTerms,
    PartnerTier,
)
from services.partners.partners.due_diligence import (
    DueDiligenceCheck,
    DueDiligenceResult,
    unpassed_checks,
)
from services.partners.partners.events import (
    PartnerActivated,
    PartnerAgreementOffered,
    PartnerAgreementSigned,
    PartnerAssigned,
    PartnerChecked,
    PartnerCreated,
    PartnerExamined,
    PartnerExited,
    PartnerReinstated,
    PartnerSuspended,
    PartnerTermsChanged,
)
from tests.unit.partners.samples import NOW, TERMS, a_check, an_active_partner, an_application

SIGNED = date(2026, 11, 20)
VERBS: dict[str, Callable[[Partner], object]] = {
    "examine": lambda p: p.examine(),
    "pass": lambda p: [p.check(a_check(check)) for check in DueDiligenceCheck],
    "fail": lambda p: p.check(a_check(DueDiligenceCheck.SANCTIONS, DueDiligenceResult.FAILED)),
    "offer": lambda p: p.offer_agreement(TERMS),
    "sign": lambda p: p.sign_agreement("C-1", SIGNED, at=NOW),
    "activate": lambda p: p.activate(),
    "change_terms": lambda p: p.change_terms(TERMS),
    "suspend": lambda p: p.suspend(PartnerReason.COMPLIANCE, ""),
    "reinstate": lambda p: p.reinstate(),
    "exit": lambda p: p.exit(PartnerReason.PARTNER_REQUEST, ""),
}


def test_each_step_of_onboarding_announces_itself() -> None:
    partner = an_application(regions=("emea",))
    check = a_check(DueDiligenceCheck.SANCTIONS)
    assert partner.apply() == PartnerCreated("partner_na_1", "DE")
    assert partner.examine() == PartnerExamined("partner_na_1")
    assert partner.check(check) == PartnerChecked("partner_na_1", "sanctions", "passed")
    for other in set(DueDiligenceCheck) - {check.check}:
        partner.check(a_check(other))
    offered = partner.offer_agreement(TERMS)
    assert offered == PartnerAgreementOffered("partner_na_1", "gold", 1250, "EUR")
    signed = partner.sign_agreement("C-1", SIGNED, at=NOW)
    assert signed == PartnerAgreementSigned("partner_na_1", "2026-11-20")
    assert partner.activate() == PartnerActivated("partner_na_1", PartnerTier.GOLD, ("emea",))
    assert partner.state is PartnerState.ACTIVE


def test_an_application_names_the_company() -> None:
    with pytest.raises(Invalid) as refusal:
        an_application(name=" ", country="").apply()
    assert [v.field for v in refusal.value.violations] == ["partner.name", "partner.country"]


def test_an_agreement_waits_for_every_check() -> None:
    partner = an_application()
    partner.examine()
    for check in DueDiligenceCheck:
        partner.check(a_check(check))
    partner.check(a_check(DueDiligenceCheck.SANCTIONS, DueDiligenceResult.FAILED))
    with pytest.raises(Refused, match="DUE_DILIGENCE_INCOMPLETE") as refusal:
        partner.offer_agreement(TERMS)
    assert refusal.value.params == {"checks": "sanctions"}
    assert partner.state is PartnerState.IN_DUE_DILIGENCE
    partner.check(a_check(DueDiligenceCheck.SANCTIONS))
    partner.offer_agreement(TERMS)
    assert (partner.tier, partner.commission_rate_bp, partner.currency) == ("gold", 1250, "EUR")


def test_activation_waits_for_the_signature() -> None:
    partner = an_application()
    partner.examine()
    for check in DueDiligenceCheck:
        partner.check(a_check(check))
    partner.offer_agreement(TERMS)
    with pytest.raises(Refused, match="AGREEMENT_NOT_SIGNED"):
        partner.activate()
    with pytest.raises(Invalid, match="DATE_IN_FUTURE"):
        partner.sign_agreement("C-1", date(2026, 11, 23), at=NOW)
    assert (partner.state, partner.agreement_reference) == (PartnerState.AGREEMENT, "")


def test_a_suspension_is_explained_and_can_end() -> None:
    partner = an_active_partner()
    with pytest.raises(Invalid, match="NOTE_NEEDED"):
        partner.suspend(PartnerReason.OTHER, "  ")
    assert partner.state is PartnerState.ACTIVE
    suspended = partner.suspend(PartnerReason.LATE_PAYMENT, "three invoices open")
    assert suspended == PartnerSuspended("partner_na_1", "late_payment")
    with pytest.raises(Refused, match="PARTNER_NOT_ACTIVE"):
        partner.require_active()
    assert partner.reinstate() == PartnerReinstated("partner_na_1")
    assert (partner.state, partner.reason, partner.reason_note) == (PartnerState.ACTIVE, None, "")


def test_an_exit_is_final() -> None:
    partner = an_active_partner()
    exited = partner.exit(PartnerReason.PARTNER_REQUEST, "")
    assert exited == PartnerExited("partner_na_1", "partner_request")
    attempts: list[Callable[[], Any]] = [
        lambda: partner.revise({"name": "New"}),
        lambda: partner.assign("user_na_2", "", ""),
        lambda: partner.exit(PartnerReason.COMPLIANCE, ""),
    ]
    for attempt in attempts:
        with pytest.raises(Refused, match="PARTNER_EXITED"):
            attempt()
    assert partner.state is PartnerState.EXITED


def test_terms_and_manager_of_an_active_partner_change() -> None:
    partner = an_active_partner()
    changed = partner.change_terms(PartnerTerms(PartnerTier.SILVER, 800, "USD"))
    assert changed == PartnerTermsChanged("partner_na_1", "silver", 800, "USD")
    assert partner.assign("user_na_2", "team_na_2", "bu_na_2") == PartnerAssigned(
        "partner_na_1", "user_na_2"
    )
    assert (partner.commission_rate_bp, partner.owner_id) == (800, "user_na_2")


def test_a_change_keeps_what_is_needed() -> None:
    partner = an_application()
    partner.revise({"name": "Hanse Systems"})
    assert partner.name == "Hanse Systems"
    with pytest.raises(Invalid, match="INVALID_FIELDS"):
        partner.revise({"legal_name": ""})


def test_only_an_untouched_application_is_deletable() -> None:
    an_application().require_deletable()
    with pytest.raises(Refused, match="PARTNER_NOT_DELETABLE"):
        an_active_partner().require_deletable()


@given(st.lists(st.sampled_from(sorted(VERBS)), max_size=25))
def test_no_order_of_verbs_skips_a_step(verbs: list[str]) -> None:
    partner = an_application()
    for verb in verbs:
        before = partner.state
        try:
            VERBS[verb](partner)
        except MeridianError:
            assert partner.state is before
    if partner.state in (PartnerState.ACTIVE, PartnerState.SUSPENDED):
        assert partner.agreement_date
        assert unpassed_checks(partner.due_diligence) == []
    assert (partner.reason is not None) == (
        partner.state in (PartnerState.SUSPENDED, PartnerState.EXITED)
    )
