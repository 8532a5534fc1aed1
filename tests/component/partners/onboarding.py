"""Partners for component tests, brought to the state that a test starts from, through the API alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from meridian.partners.v1 import partner_pb2, partner_service_pb2

from chassis.errors import MeridianError
from tests.running import Caller

PARTNERS = partner_service_pb2.DESCRIPTOR.services_by_name["PartnerService"]
ACME = {"name": "Hanse IT", "legal_name": "Hanse IT Systemhaus GmbH", "country": "DE"}


def refusal_of(action: Callable[[], object]) -> MeridianError:
    """The error that an action is answered with."""
    with pytest.raises(MeridianError) as refusal:
        action()
    return refusal.value


def apply(caller: Caller, **fields: Any) -> partner_pb2.Partner:
    """A company that has applied."""
    request = partner_service_pb2.CreatePartnerRequest(partner=ACME | fields)
    partner: partner_pb2.Partner = caller.call(PARTNERS).CreatePartner(request)
    return partner


def check(caller: Caller, partner_id: str, *checks: int, result: str = "PASSED") -> None:
    """Record these checks of a partner in due diligence; all of them, if none is named."""
    for each in checks or partner_pb2.DueDiligenceCheck.values()[1:]:
        request = partner_service_pb2.CheckPartnerRequest(
            id=partner_id,
            check=each,
            result=f"DUE_DILIGENCE_RESULT_{result}",
            evidence="report 17",
        )
        caller.call(PARTNERS).CheckPartner(request)


def offer(caller: Caller, partner_id: str, rate_bp: int = 1250) -> partner_pb2.Partner:
    """Offer an agreement at this rate, in EUR."""
    request = partner_service_pb2.OfferPartnerAgreementRequest(
        id=partner_id,
        tier=partner_pb2.PARTNER_TIER_GOLD,
        commission_rate_bp=rate_bp,
        currency="EUR",
    )
    partner: partner_pb2.Partner = caller.call(PARTNERS).OfferPartnerAgreement(request)
    return partner


def sign(caller: Caller, partner_id: str, day: str = "2026-01-31") -> partner_pb2.Partner:
    """Record the signature."""
    request = partner_service_pb2.SignPartnerAgreementRequest(
        id=partner_id, agreement_reference="C-17", agreement_date=day
    )
    partner: partner_pb2.Partner = caller.call(PARTNERS).SignPartnerAgreement(request)
    return partner


def activate(caller: Caller, rate_bp: int = 1250, **fields: Any) -> partner_pb2.Partner:
    """A company that has come through onboarding."""
    partners = caller.call(PARTNERS)
    partner_id = apply(caller, **fields).id
    partners.ExaminePartner(partner_service_pb2.ExaminePartnerRequest(id=partner_id))
    check(caller, partner_id)
    offer(caller, partner_id, rate_bp)
    sign(caller, partner_id)
    partner: partner_pb2.Partner = partners.ActivatePartner(
        partner_service_pb2.ActivatePartnerRequest(id=partner_id)
    )
    return partner


def suspend(caller: Caller, partner_id: str) -> partner_pb2.Partner:
    """Stop an active partner for a while."""
    request = partner_service_pb2.SuspendPartnerRequest(
        id=partner_id, reason=partner_pb2.PARTNER_REASON_COMPLIANCE
    )
    partner: partner_pb2.Partner = caller.call(PARTNERS).SuspendPartner(request)
    return partner
