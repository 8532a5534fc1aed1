"""A deal registration from draft to what became of it in sales (PRM-4).

draft → submitted → under_review → approved → converting → converted, with returned (and submitted
again), rejected, withdrawn and expired on the way, and outside the hub clearing or conflicted before
approved (see clearing.py). Clearing, approved and unfinished converted deals are protected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chassis.errors import FieldViolation, Invalid, Refused
from chassis.money import Money
from services.partners.currencies import require_known_currency
from services.partners.days import parse_day
from services.partners.deals.clearing import Clearing
from services.partners.deals.completeness import missing_fields
from services.partners.deals.conflicts import (
    DealFinding,
    Surroundings,
    examine,
    refuse_conflicts,
)
from services.partners.deals.customer import DealCustomer, customer_keys, is_public_email_domain
from services.partners.deals.events import (
    DealApproved,
    DealConflicted,
    DealConverted,
    DealExpired,
    DealRejected,
    DealReturned,
    DealReviewed,
    DealSubmitted,
    DealWithdrawn,
)
from services.partners.deals.particulars import ConversionPlan, DealContact, HandoverResult
from services.partners.deals.states import (
    EDITABLE,
    REJECTABLE,
    REVIEWABLE,
    WITHDRAWABLE,
    DealOutcome,
    DealRejectReason,
    DealState,
)
from services.partners.partners.domain import Partner

#: How long an approved deal is protected unless the approval says otherwise, in days.
PROTECTION_DAYS = 90


@dataclass
class Deal(Clearing):
    """A partner's claim to a sales chance that it found."""

    id: str
    partner_id: str
    reference: str = ""
    customer: DealCustomer | None = None
    contact: DealContact | None = None
    product_line: str = ""
    expected_amount: Money | None = None
    expected_close_date: str = ""
    description: str = ""
    state: DealState = DealState.DRAFT
    complete_time: datetime | None = None
    approve_time: datetime | None = None
    protection_end_time: datetime | None = None
    commission_rate_bp: int = 0
    reject_reason: DealRejectReason | None = None
    conversion: ConversionPlan | None = None
    outcome: DealOutcome | None = None
    handover_id: str = ""
    account_id: str = ""
    contact_id: str = ""
    opportunity_id: str = ""
    owner_id: str = ""
    team_id: str = ""
    business_unit_id: str = ""
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    @property
    def keys(self) -> list[str]:
        """By what the customer and product line are recognised; see customer_keys."""
        return customer_keys(self.customer, self.product_line) if self.customer else []

    @property
    def protected(self) -> bool:
        """Whether nobody else's registration for the customer and product line may be approved."""
        return (
            self.state in (DealState.CLEARING, DealState.APPROVED, DealState.CONVERTING)
            or self.outcome is DealOutcome.OPEN
        )

    def draft(self, partner: Partner) -> None:
        """Begin the registration for a partner, whose manager will decide about it.

        Errors: Refused(PARTNER_NOT_ACTIVE); Invalid(DEAL_PUBLIC_EMAIL_DOMAIN),
        Invalid(DATE_INVALID), Invalid(CURRENCY_UNKNOWN).
        """
        partner.require_active()
        self.owner_id, self.team_id = partner.owner_id, partner.team_id
        self.business_unit_id = partner.business_unit_id
        self._require_plausible()

    def revise(self, changes: dict[str, Any]) -> None:
        """Change fields by name.

        Errors: Refused(DEAL_NOT_EDITABLE); Invalid(DEAL_PUBLIC_EMAIL_DOMAIN),
        Invalid(DATE_INVALID), Invalid(CURRENCY_UNKNOWN).
        """
        if self.state not in EDITABLE:
            raise Refused("DEAL_NOT_EDITABLE", state=self.state)
        for name, value in changes.items():
            setattr(self, name, value)
        self._require_plausible()

    def require_deletable(self) -> None:
        """Refused(DEAL_NOT_DELETABLE) once it was submitted."""
        if self.state is not DealState.DRAFT:
            raise Refused("DEAL_NOT_DELETABLE", state=self.state)

    def submit(self, partner: Partner, *, at: datetime) -> DealSubmitted:
        """Ask for a decision; from now on it has its place among the registrations.

        Errors: Refused(DEAL_NOT_SUBMITTABLE), Refused(PARTNER_NOT_ACTIVE); Invalid(INVALID_FIELDS)
        with every field still needed, Invalid(DATE_PAST).
        """
        if self.state not in EDITABLE:
            raise Refused("DEAL_NOT_SUBMITTABLE", state=self.state)
        partner.require_active()
        amount = self._require_complete(at)
        self.state, self.complete_time = DealState.SUBMITTED, at
        return DealSubmitted(self.id, self.partner_id, self.product_line, amount, at)

    def examine(self, surroundings: Surroundings) -> tuple[DealFinding, ...]:
        """What the conflict rules find about a deal that has been submitted."""
        if self.complete_time is None:
            raise Refused("DEAL_NOT_SUBMITTED", state=self.state)
        return examine(self.id, self.partner_id, self.complete_time, surroundings)

    def review(self, findings: Sequence[DealFinding]) -> DealReviewed:
        """Take it under review with what the rules found. Errors: Refused(DEAL_NOT_SUBMITTED)."""
        self.require_submitted()
        self.state = DealState.UNDER_REVIEW
        return DealReviewed(self.id, self.partner_id, sum(f.conflict for f in findings))

    def give_back(self) -> DealReturned:
        """Let the partner correct it; it loses its place.

        Errors: Refused(DEAL_NOT_UNDER_REVIEW).
        """
        self.require_under_review()
        self.state, self.complete_time = DealState.RETURNED, None
        return DealReturned(self.id, self.partner_id)

    def approve(
        self,
        partner: Partner,
        findings: Sequence[DealFinding],
        *,
        protection_days: int,
        at: datetime,
    ) -> DealApproved:
        """Protect the deal for so many days, at the partner's commission rate of now.

        Errors: Refused(DEAL_NOT_UNDER_REVIEW), Refused(PARTNER_NOT_ACTIVE), and the reason of a
        conflict rule (see conflicts.REFUSALS).
        """
        self._accept(partner, findings, protection_days)
        return self._protect(at)

    def begin_clearing(
        self,
        partner: Partner,
        findings: Sequence[DealFinding],
        *,
        protection_days: int,
        at: datetime,
    ) -> None:
        """Accept it as far as this region goes; days and rate are settled, the hub is asked.

        Errors: those of approve.
        """
        self._accept(partner, findings, protection_days)
        self.state, self.clearing_time, self.clearance_ask_time = DealState.CLEARING, at, at

    def clear(self, *, at: datetime) -> DealApproved | None:
        """Protect it from now on, because no other region does; None if that is not asked any more."""
        if self.state is not DealState.CLEARING:
            return None
        return self._protect(at)

    def conflict(self, conflicting_deal_id: str, conflicting_region: str) -> DealConflicted | None:
        """Note that another region protects its customer; None if it goes on, because it was protected before."""
        self.lose_clearance()
        if self.state is not DealState.CLEARING:
            return None
        self.state = DealState.CONFLICTED
        return DealConflicted(self.id, self.partner_id, conflicting_deal_id, conflicting_region)

    def waits_since(self, moment: datetime) -> bool:
        """Whether the hub has not answered what it was asked before this moment."""
        asked = self.clearance_ask_time
        return self.state is DealState.CLEARING and asked is not None and asked <= moment

    def withdraw(self) -> DealWithdrawn:
        """Take it back. Errors: Refused(DEAL_NOT_WITHDRAWABLE)."""
        if self.state not in WITHDRAWABLE:
            raise Refused("DEAL_NOT_WITHDRAWABLE", state=self.state)
        self.state = DealState.WITHDRAWN
        return DealWithdrawn(self.id, self.partner_id)

    def reject(self, reason: DealRejectReason) -> DealRejected:
        """Turn it down, or take the approval back. Errors: Refused(DEAL_NOT_REJECTABLE)."""
        if self.state not in REJECTABLE:
            raise Refused("DEAL_NOT_REJECTABLE", state=self.state)
        self.state, self.reject_reason = DealState.REJECTED, reason
        return DealRejected(self.id, self.partner_id, reason)

    def expire(self, *, at: datetime) -> DealExpired | None:
        """End the protection if its time is over and the deal is still only approved."""
        end = self.protection_end_time
        if self.state is not DealState.APPROVED or end is None or at < end:
            return None
        self.state = DealState.EXPIRED
        return DealExpired(self.id, self.partner_id)

    def begin_conversion(self, plan: ConversionPlan) -> None:
        """Decide that sales takes it over; the handover follows.

        Errors: Refused(DEAL_NOT_APPROVED).
        """
        if self.state is not DealState.APPROVED:
            raise Refused("DEAL_NOT_APPROVED", state=self.state)
        self.state, self.conversion = DealState.CONVERTING, plan

    def convert(self, result: HandoverResult) -> DealConverted | None:
        """Record that sales has taken it over; None if that is known already."""
        if self.state is not DealState.CONVERTING:
            return None
        self.state, self.outcome = DealState.CONVERTED, DealOutcome.OPEN
        self.handover_id, self.account_id = result.handover_id, result.account_id
        self.contact_id, self.opportunity_id = result.contact_id, result.opportunity_id
        return DealConverted(
            self.id, self.partner_id, result.handover_id, result.account_id, result.opportunity_id
        )

    def refuse_conversion(self) -> bool:
        """Back to approved, because sales will not take it; False if it is not being converted."""
        if self.state is not DealState.CONVERTING:
            return False
        self.state, self.conversion = DealState.APPROVED, None
        return True

    def settle(self, outcome: DealOutcome) -> bool:
        """Record what became of it in sales; False if that is no news, or it was not converted."""
        if self.state is not DealState.CONVERTED or self.outcome is outcome:
            return False
        self.outcome = outcome
        return True

    def require_submitted(self) -> None:
        """Refused(DEAL_NOT_SUBMITTED) unless it waits for a review, or may have another."""
        if self.state not in REVIEWABLE:
            raise Refused("DEAL_NOT_SUBMITTED", state=self.state)

    def require_under_review(self) -> None:
        """Refused(DEAL_NOT_UNDER_REVIEW) unless a decision is being prepared."""
        if self.state is not DealState.UNDER_REVIEW:
            raise Refused("DEAL_NOT_UNDER_REVIEW", state=self.state)

    def _accept(self, partner: Partner, findings: Sequence[DealFinding], days: int) -> None:
        self.require_under_review()
        partner.require_active()
        refuse_conflicts(findings)
        self.commission_rate_bp, self.protection_days = partner.commission_rate_bp, days

    def _protect(self, at: datetime) -> DealApproved:
        self.state, self.approve_time, self.clearing_time = DealState.APPROVED, at, None
        end = self.protection_end_time = at + timedelta(
            days=self.protection_days or PROTECTION_DAYS
        )
        amount, rate = self.expected_amount, self.commission_rate_bp
        return DealApproved(self.id, self.partner_id, self.product_line, amount, end, rate)

    def _require_plausible(self) -> None:
        if self.customer and is_public_email_domain(self.customer.email_domain):
            raise Invalid("DEAL_PUBLIC_EMAIL_DOMAIN", field="deal.customer.email_domain")
        if self.expected_close_date:
            parse_day(self.expected_close_date, field="deal.expected_close_date")
        if self.expected_amount is not None:
            currency = self.expected_amount.currency
            require_known_currency(currency, field="deal.expected_amount.currency")

    def _require_complete(self, at: datetime) -> Money:
        missing = missing_fields(self)
        if missing or self.expected_amount is None:
            raise Invalid.fields([FieldViolation(path, "REQUIRED", {}) for path in missing])
        if self.expected_amount.amount_minor <= 0:
            raise Invalid("AMOUNT_NOT_POSITIVE", field="deal.expected_amount")
        if parse_day(self.expected_close_date, field="deal.expected_close_date") < at.date():
            raise Invalid("DATE_PAST", field="deal.expected_close_date", today=at.date())
        return self.expected_amount
