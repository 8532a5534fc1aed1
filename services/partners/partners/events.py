"""What the verbs of a partner announce; tiers and reasons by their names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PartnerCreated:
    """A company applied to become a partner."""

    partner_id: str
    country: str


@dataclass(frozen=True)
class PartnerExamined:
    """Due diligence began."""

    partner_id: str


@dataclass(frozen=True)
class PartnerChecked:
    """One check of the due diligence has a result."""

    partner_id: str
    check: str
    result: str


@dataclass(frozen=True)
class PartnerAgreementOffered:
    """Due diligence was passed and an agreement was offered."""

    partner_id: str
    tier: str
    commission_rate_bp: int
    currency: str


@dataclass(frozen=True)
class PartnerAgreementSigned:
    """Both sides signed."""

    partner_id: str
    agreement_date: str


@dataclass(frozen=True)
class PartnerActivated:
    """The partner may register deals and be offered leads from now on."""

    partner_id: str
    tier: str
    regions: tuple[str, ...]


@dataclass(frozen=True)
class PartnerTermsChanged:
    """Tier, rate or currency changed."""

    partner_id: str
    tier: str
    commission_rate_bp: int
    currency: str


@dataclass(frozen=True)
class PartnerAssigned:
    """Somebody else looks after the partner."""

    partner_id: str
    owner_id: str


@dataclass(frozen=True)
class PartnerSuspended:
    """The partner may not sell for a while."""

    partner_id: str
    reason: str


@dataclass(frozen=True)
class PartnerReinstated:
    """A suspension ended."""

    partner_id: str


@dataclass(frozen=True)
class PartnerExited:
    """The relationship ended."""

    partner_id: str
    reason: str
