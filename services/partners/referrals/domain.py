"""A lead offered to a partner, until it is accepted, declined or recalled (PRM-3).

offered → accepted, declined or recalled; accepted → recalled. Offered and accepted ones are live;
a lead has one live referral at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chassis.errors import FieldViolation, Invalid, Refused
from chassis.money import Money
from services.partners.currencies import require_known_currency
from services.partners.partners.domain import Partner
from services.partners.reasons import require_note
from services.partners.referrals.events import (
    ReferralAccepted,
    ReferralDeclined,
    ReferralOffered,
    ReferralRecalled,
)

#: How long a partner has for an answer unless the offer says otherwise, in hours.
RESPONSE_HOURS = 48


class ReferralState(StrEnum):
    """How far an offer has come."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RECALLED = "recalled"


class ReferralDeclineReason(StrEnum):
    """Why a partner does not want a lead."""

    NO_CAPACITY = "no_capacity"
    OUT_OF_TERRITORY = "out_of_territory"
    NO_EXPERTISE = "no_expertise"
    EXISTING_RELATIONSHIP = "existing_relationship"
    OTHER = "other"


class ReferralRecallReason(StrEnum):
    """Why a referral was taken back."""

    TIMED_OUT = "timed_out"
    NOT_WORKED = "not_worked"
    REASSIGNED = "reassigned"
    PARTNER_LEFT = "partner_left"
    OTHER = "other"


LIVE = {ReferralState.OFFERED, ReferralState.ACCEPTED}


@dataclass
class Referral:
    """A lead of ours that is offered to a partner."""

    id: str
    lead_id: str = ""
    partner_id: str = ""
    summary: str = ""
    product_line: str = ""
    country: str = ""
    estimated_amount: Money | None = None
    response_hours: int = 0
    state: ReferralState = ReferralState.OFFERED
    response_due_time: datetime | None = None
    response_time: datetime | None = None
    decline_reason: ReferralDeclineReason | None = None
    recall_reason: ReferralRecallReason | None = None
    note: str = ""
    owner_id: str = ""
    team_id: str = ""
    business_unit_id: str = ""
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    @property
    def live(self) -> bool:
        """Whether the lead can be offered to nobody else."""
        return self.state in LIVE

    def require_complete(self) -> None:
        """Check that it says which lead goes to whom, and what it is about.

        Errors: Invalid(INVALID_FIELDS), Invalid(CURRENCY_UNKNOWN).
        """
        if self.estimated_amount is not None:
            currency = self.estimated_amount.currency
            require_known_currency(currency, field="referral.estimated_amount.currency")
        needed = ("lead_id", "partner_id", "summary")
        missing = [name for name in needed if not getattr(self, name).strip()]
        if missing:
            raise Invalid.fields(
                [FieldViolation(f"referral.{name}", "REQUIRED", {}) for name in missing]
            )

    def offer(self, partner: Partner, *, at: datetime) -> ReferralOffered:
        """Start the partner's time for an answer. Errors: Refused(PARTNER_NOT_ACTIVE)."""
        partner.require_active()
        self.response_hours = self.response_hours or RESPONSE_HOURS
        due = self.response_due_time = at + timedelta(hours=self.response_hours)
        return ReferralOffered(self.id, self.lead_id, self.partner_id, due)

    def accept(self, partner: Partner, *, at: datetime) -> ReferralAccepted:
        """Take the lead on.

        Errors: Refused(REFERRAL_NOT_OFFERED), Refused(REFERRAL_OVERDUE),
        Refused(PARTNER_NOT_ACTIVE).
        """
        self._require_offered()
        if self.is_overdue(at):
            raise Refused("REFERRAL_OVERDUE")
        partner.require_active()
        self.state, self.response_time = ReferralState.ACCEPTED, at
        return ReferralAccepted(self.id, self.lead_id, self.partner_id)

    def decline(
        self, reason: ReferralDeclineReason, note: str, *, at: datetime
    ) -> ReferralDeclined:
        """Leave it to somebody else.

        Errors: Refused(REFERRAL_NOT_OFFERED); Invalid(NOTE_NEEDED).
        """
        self._require_offered()
        require_note(reason, note)
        self.state, self.response_time = ReferralState.DECLINED, at
        self.decline_reason, self.note = reason, note
        return ReferralDeclined(self.id, self.lead_id, self.partner_id, reason)

    def recall(self, reason: ReferralRecallReason, note: str) -> ReferralRecalled:
        """Take it back by hand. Errors: Refused(REFERRAL_NOT_LIVE), Invalid(NOTE_NEEDED)."""
        if not self.live:
            raise Refused("REFERRAL_NOT_LIVE", state=self.state)
        require_note(reason, note)
        self.state, self.recall_reason, self.note = ReferralState.RECALLED, reason, note
        return ReferralRecalled(self.id, self.lead_id, self.partner_id, reason)

    def time_out(self, *, at: datetime) -> ReferralRecalled | None:
        """Take it back if it waits for an answer and the time for one is over."""
        if self.state is not ReferralState.OFFERED or not self.is_overdue(at):
            return None
        return self.recall(ReferralRecallReason.TIMED_OUT, "")

    def is_overdue(self, at: datetime) -> bool:
        """Whether the time for an answer is over."""
        return self.response_due_time is not None and at >= self.response_due_time

    def _require_offered(self) -> None:
        if self.state is not ReferralState.OFFERED:
            raise Refused("REFERRAL_NOT_OFFERED", state=self.state)
