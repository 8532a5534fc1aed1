"""What the verbs of a referral announce; marketing follows them on its lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ReferralOffered:
    """A lead was offered to a partner."""

    referral_id: str
    lead_id: str
    partner_id: str
    response_due_time: datetime


@dataclass(frozen=True)
class ReferralAccepted:
    """The partner took the lead on."""

    referral_id: str
    lead_id: str
    partner_id: str


@dataclass(frozen=True)
class ReferralDeclined:
    """The partner does not want the lead."""

    referral_id: str
    lead_id: str
    partner_id: str
    reason: str


@dataclass(frozen=True)
class ReferralRecalled:
    """The lead was taken back from the partner."""

    referral_id: str
    lead_id: str
    partner_id: str
    reason: str
