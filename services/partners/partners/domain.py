"""A partner from application to exit (PRM-1).

applied → in_due_diligence → agreement → active ⇄ suspended, and from each of them → exited.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from chassis.errors import FieldViolation, Invalid, Refused
from services.partners.currencies import require_known_currency
from services.partners.partners.due_diligence import DueDiligenceEntry, unpassed_checks
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
from services.partners.reasons import require_note


class PartnerState(StrEnum):
    """How far a partner's onboarding has come."""

    APPLIED = "applied"
    IN_DUE_DILIGENCE = "in_due_diligence"
    AGREEMENT = "agreement"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXITED = "exited"


class PartnerTier(StrEnum):
    """What was agreed about a partner's standing."""

    REGISTERED = "registered"
    SILVER = "silver"
    GOLD = "gold"
    PLATINUM = "platinum"


class PartnerReason(StrEnum):
    """Why a partner is suspended or left."""

    APPLICATION_DECLINED = "application_declined"
    COMPLIANCE = "compliance"
    BREACH_OF_AGREEMENT = "breach_of_agreement"
    LATE_PAYMENT = "late_payment"
    LOW_PERFORMANCE = "low_performance"
    PARTNER_REQUEST = "partner_request"
    OTHER = "other"


@dataclass(frozen=True)
class PartnerContact:
    """A person at the partner."""

    name: str
    function: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class PartnerTerms:
    """What an agreement says about money and standing."""

    tier: PartnerTier
    commission_rate_bp: int
    """Basis points, 0 to 10 000: 1250 is 12.50 %."""
    currency: str
    """ISO 4217 code."""


@dataclass
class Partner:
    """A company that sells for us, or wants to."""

    id: str
    name: str = ""
    legal_name: str = ""
    registration_number: str = ""
    tax_id: str = ""
    website: str = ""
    country: str = ""
    territories: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    contacts: tuple[PartnerContact, ...] = ()
    state: PartnerState = PartnerState.APPLIED
    tier: PartnerTier = PartnerTier.REGISTERED
    commission_rate_bp: int = 0
    currency: str = ""
    due_diligence: tuple[DueDiligenceEntry, ...] = ()
    agreement_reference: str = ""
    agreement_date: str = ""
    reason: PartnerReason | None = None
    reason_note: str = ""
    owner_id: str = ""
    team_id: str = ""
    business_unit_id: str = ""
    extensions: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def apply(self) -> PartnerCreated:
        """Check that the application names the company. Errors: Invalid(INVALID_FIELDS)."""
        self._require_complete()
        return PartnerCreated(self.id, self.country)

    def revise(self, changes: dict[str, Any]) -> None:
        """Change fields by name.

        Errors: Refused(PARTNER_EXITED); Invalid(INVALID_FIELDS) if a needed field would be empty.
        """
        self._refuse_exited()
        for name, value in changes.items():
            setattr(self, name, value)
        self._require_complete()

    def require_deletable(self) -> None:
        """Refused(PARTNER_NOT_DELETABLE) once due diligence began."""
        if self.state is not PartnerState.APPLIED:
            raise Refused("PARTNER_NOT_DELETABLE", state=self.state)

    def require_active(self) -> None:
        """Refused(PARTNER_NOT_ACTIVE) unless the partner may sell now."""
        if self.state is not PartnerState.ACTIVE:
            raise Refused("PARTNER_NOT_ACTIVE", state=self.state)

    def examine(self) -> PartnerExamined:
        """Begin due diligence. Errors: Refused(PARTNER_NOT_APPLIED)."""
        if self.state is not PartnerState.APPLIED:
            raise Refused("PARTNER_NOT_APPLIED", state=self.state)
        self.state = PartnerState.IN_DUE_DILIGENCE
        return PartnerExamined(self.id)

    def check(self, entry: DueDiligenceEntry) -> PartnerChecked:
        """Add a check's result to the checklist. Errors: Refused(PARTNER_NOT_IN_DUE_DILIGENCE)."""
        self._require_due_diligence()
        self.due_diligence = (*self.due_diligence, entry)
        return PartnerChecked(self.id, entry.check, entry.result)

    def offer_agreement(self, terms: PartnerTerms) -> PartnerAgreementOffered:
        """End due diligence by offering these terms.

        Errors: Refused(PARTNER_NOT_IN_DUE_DILIGENCE), Refused(DUE_DILIGENCE_INCOMPLETE);
        Invalid(CURRENCY_UNKNOWN).
        """
        self._require_due_diligence()
        unpassed = unpassed_checks(self.due_diligence)
        if unpassed:
            raise Refused("DUE_DILIGENCE_INCOMPLETE", checks=", ".join(unpassed))
        self._set(terms)
        self.state = PartnerState.AGREEMENT
        return PartnerAgreementOffered(
            self.id, terms.tier, terms.commission_rate_bp, terms.currency
        )

    def sign_agreement(
        self, reference: str, signed: date, *, at: datetime
    ) -> PartnerAgreementSigned:
        """Record that both sides have signed on this day.

        Errors: Refused(PARTNER_NOT_IN_AGREEMENT); Invalid(DATE_IN_FUTURE).
        """
        self._require_agreement()
        if signed > at.date():
            raise Invalid("DATE_IN_FUTURE", field="agreement_date", today=at.date())
        self.agreement_reference, self.agreement_date = reference, signed.isoformat()
        return PartnerAgreementSigned(self.id, self.agreement_date)

    def activate(self) -> PartnerActivated:
        """Let the partner begin to sell.

        Errors: Refused(PARTNER_NOT_IN_AGREEMENT), Refused(AGREEMENT_NOT_SIGNED).
        """
        self._require_agreement()
        if not self.agreement_date:
            raise Refused("AGREEMENT_NOT_SIGNED")
        self.state = PartnerState.ACTIVE
        return PartnerActivated(self.id, self.tier, self.regions)

    def change_terms(self, terms: PartnerTerms) -> PartnerTermsChanged:
        """Agree new terms. Errors: Refused(PARTNER_NOT_ACTIVE); Invalid(CURRENCY_UNKNOWN)."""
        self.require_active()
        self._set(terms)
        return PartnerTermsChanged(self.id, terms.tier, terms.commission_rate_bp, terms.currency)

    def assign(self, owner_id: str, team_id: str, business_unit_id: str) -> PartnerAssigned:
        """Put somebody else in charge. Errors: Refused(PARTNER_EXITED)."""
        self._refuse_exited()
        self.owner_id, self.team_id, self.business_unit_id = owner_id, team_id, business_unit_id
        return PartnerAssigned(self.id, owner_id)

    def suspend(self, reason: PartnerReason, note: str) -> PartnerSuspended:
        """Stop an active partner for a while.

        Errors: Refused(PARTNER_NOT_ACTIVE); Invalid(NOTE_NEEDED).
        """
        self.require_active()
        self._explain(reason, note)
        self.state = PartnerState.SUSPENDED
        return PartnerSuspended(self.id, reason)

    def reinstate(self) -> PartnerReinstated:
        """Let a suspended partner go on. Errors: Refused(PARTNER_NOT_SUSPENDED)."""
        if self.state is not PartnerState.SUSPENDED:
            raise Refused("PARTNER_NOT_SUSPENDED", state=self.state)
        self.state, self.reason, self.reason_note = PartnerState.ACTIVE, None, ""
        return PartnerReinstated(self.id)

    def exit(self, reason: PartnerReason, note: str) -> PartnerExited:
        """End the relationship for good. Errors: Refused(PARTNER_EXITED), Invalid(NOTE_NEEDED)."""
        self._refuse_exited()
        self._explain(reason, note)
        self.state = PartnerState.EXITED
        return PartnerExited(self.id, reason)

    def _set(self, terms: PartnerTerms) -> None:
        require_known_currency(terms.currency, field="currency")
        self.tier = terms.tier
        self.commission_rate_bp = terms.commission_rate_bp
        self.currency = terms.currency

    def _explain(self, reason: PartnerReason, note: str) -> None:
        require_note(reason, note)
        self.reason, self.reason_note = reason, note

    def _require_complete(self) -> None:
        needed = ("name", "legal_name", "country")
        missing = [name for name in needed if not getattr(self, name).strip()]
        if missing:
            raise Invalid.fields(
                [FieldViolation(f"partner.{name}", "REQUIRED", {}) for name in missing]
            )

    def _require_due_diligence(self) -> None:
        if self.state is not PartnerState.IN_DUE_DILIGENCE:
            raise Refused("PARTNER_NOT_IN_DUE_DILIGENCE", state=self.state)

    def _require_agreement(self) -> None:
        if self.state is not PartnerState.AGREEMENT:
            raise Refused("PARTNER_NOT_IN_AGREEMENT", state=self.state)

    def _refuse_exited(self) -> None:
        if self.state is PartnerState.EXITED:
            raise Refused("PARTNER_EXITED")
