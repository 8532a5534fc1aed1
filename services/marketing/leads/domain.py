"""What is true of a lead: its states, its verbs, and what each verb announces (MKT-3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chassis.errors import Invalid, Refused


class LeadState(StrEnum):
    """How far an enquiry has come."""

    NEW = "new"
    WORKING = "working"
    NURTURING = "nurturing"
    QUALIFIED = "qualified"
    CONVERTED = "converted"
    DISQUALIFIED = "disqualified"
    RECYCLED = "recycled"


class DisqualifyReason(StrEnum):
    """Why a lead is not worth more work now."""

    NO_NEED = "no_need"
    NO_BUDGET = "no_budget"
    NOT_REACHABLE = "not_reachable"
    COMPETITOR = "competitor"
    DUPLICATE = "duplicate"
    BAD_DATA = "bad_data"
    OTHER = "other"


class DuplicateMatch(StrEnum):
    """How much a lead looks like an earlier one."""

    NONE = "none"
    NORMALISED = "normalised"
    EXACT = "exact"


#: How soon a lead should be reacted to where no assignment rule says so.
FIRST_RESPONSE = timedelta(days=1)
#: From which states each verb may be used.
WORKABLE = {LeadState.NEW, LeadState.NURTURING, LeadState.RECYCLED}
QUALIFIABLE = {LeadState.NEW, LeadState.WORKING, LeadState.NURTURING, LeadState.RECYCLED}
NURTURABLE = {LeadState.NEW, LeadState.WORKING, LeadState.QUALIFIED, LeadState.RECYCLED}
RECYCLABLE = {LeadState.WORKING, LeadState.NURTURING, LeadState.QUALIFIED, LeadState.DISQUALIFIED}
CLOSED = {LeadState.CONVERTED, LeadState.DISQUALIFIED}


@dataclass(frozen=True)
class LeadCreated:
    """A lead was captured."""

    lead_id: str
    source: str
    campaign_id: str
    owner_id: str


@dataclass(frozen=True)
class LeadWorked:
    """Somebody began to work on a lead."""

    lead_id: str
    first_response_time: datetime


@dataclass(frozen=True)
class LeadQualified:
    """A lead was found worth a salesperson's time."""

    lead_id: str
    campaign_id: str


@dataclass(frozen=True)
class LeadDisqualified:
    """A lead was given up."""

    lead_id: str
    reason: DisqualifyReason


@dataclass(frozen=True)
class LeadNurtured:
    """A lead was put aside to be kept warm."""

    lead_id: str


@dataclass(frozen=True)
class LeadRecycled:
    """A lead got a new start without an owner."""

    lead_id: str
    source: str
    campaign_id: str


@dataclass(frozen=True)
class LeadAssigned:
    """A lead was given to somebody; rule_id is empty if it was done by hand."""

    lead_id: str
    owner_id: str
    team_id: str
    rule_id: str


@dataclass(frozen=True)
class LeadConverted:
    """A lead became something in sales."""

    lead_id: str
    conversion_id: str
    campaign_id: str
    account_id: str
    contact_id: str
    opportunity_id: str


@dataclass(frozen=True)
class LeadConversionUndone:
    """A conversion was taken back."""

    lead_id: str
    conversion_id: str


@dataclass
class Lead:
    """A person or company that may become a customer."""

    id: str
    given_name: str = ""
    family_name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    city: str = ""
    postal_code: str = ""
    street: str = ""
    interest: str = ""
    source: str = ""
    campaign_id: str = ""
    state: LeadState = LeadState.NEW
    owner_id: str = ""
    team_id: str = ""
    business_unit_id: str = ""
    disqualify_reason: DisqualifyReason | None = None
    disqualify_note: str = ""
    first_response_due_time: datetime | None = None
    first_response_time: datetime | None = None
    conversion_id: str = ""
    partner_id: str = ""
    birth_date: str = ""
    source_reference: str = ""
    duplicate_match: DuplicateMatch = DuplicateMatch.NONE
    extensions: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def capture(self, at: datetime) -> LeadCreated:
        """Check that the lead can be reached or named; the first-response clock starts."""
        self._require_someone()
        self.expect_response(FIRST_RESPONSE, at)
        return LeadCreated(self.id, self.source, self.campaign_id, self.owner_id)

    def revise(self, changes: dict[str, Any]) -> None:
        """Change fields by name. Refused(LEAD_CLOSED) once it is converted or disqualified."""
        self._require_open()
        for name, value in changes.items():
            setattr(self, name, value)
        self._require_someone()

    def work(self, at: datetime) -> LeadWorked:
        """Begin work; the first time stops the first-response clock. Refused(LEAD_NOT_WORKABLE)."""
        self._require_at_rest()
        if self.state not in WORKABLE:
            raise Refused("LEAD_NOT_WORKABLE", state=self.state)
        self.state = LeadState.WORKING
        self.first_response_time = self.first_response_time or at
        return LeadWorked(self.id, self.first_response_time)

    def qualify(self, at: datetime) -> LeadQualified:
        """Find it worth a salesperson's time. Refused(LEAD_NOT_QUALIFIABLE)."""
        self._require_at_rest()
        if self.state not in QUALIFIABLE:
            raise Refused("LEAD_NOT_QUALIFIABLE", state=self.state)
        self.state = LeadState.QUALIFIED
        self.first_response_time = self.first_response_time or at
        return LeadQualified(self.id, self.campaign_id)

    def disqualify(self, reason: DisqualifyReason, note: str, at: datetime) -> LeadDisqualified:
        """Give it up. Refused(LEAD_CLOSED); Invalid(DISQUALIFY_NOTE_NEEDED) for OTHER without a note."""
        self._require_open()
        if reason is DisqualifyReason.OTHER and not note.strip():
            raise Invalid("DISQUALIFY_NOTE_NEEDED", field="note")
        self.state = LeadState.DISQUALIFIED
        self.disqualify_reason, self.disqualify_note = reason, note
        self.first_response_time = self.first_response_time or at
        return LeadDisqualified(self.id, reason)

    def nurture(self) -> LeadNurtured:
        """Put it aside until it is ready. Refused(LEAD_NOT_NURTURABLE)."""
        self._require_at_rest()
        if self.state not in NURTURABLE:
            raise Refused("LEAD_NOT_NURTURABLE", state=self.state)
        self.state = LeadState.NURTURING
        return LeadNurtured(self.id)

    def recycle(self) -> LeadRecycled:
        """Give it a new start without an owner. Refused(LEAD_NOT_RECYCLABLE)."""
        self._require_at_rest()
        if self.state not in RECYCLABLE:
            raise Refused("LEAD_NOT_RECYCLABLE", state=self.state)
        self.state = LeadState.RECYCLED
        self.owner_id = self.team_id = self.partner_id = ""
        self.disqualify_reason, self.disqualify_note = None, ""
        return LeadRecycled(self.id, self.source, self.campaign_id)

    def assign(
        self, owner_id: str, team_id: str, business_unit_id: str, rule_id: str = ""
    ) -> LeadAssigned:
        """Give it to somebody; an empty business unit leaves it where it is. Refused(LEAD_CLOSED)."""
        self._require_open()
        self.owner_id, self.team_id = owner_id, team_id
        self.business_unit_id = business_unit_id or self.business_unit_id
        return LeadAssigned(self.id, owner_id, team_id, rule_id)

    def expect_response(self, within: timedelta, at: datetime) -> None:
        """Start the first-response clock, unless somebody reacted already."""
        if self.first_response_time is None:
            self.first_response_due_time = at + within

    def give_to_partner(self, partner_id: str) -> None:
        """A partner works on it. Refused(LEAD_CLOSED)."""
        self._require_open()
        self.partner_id = partner_id

    def take_from_partner(self, partner_id: str) -> None:
        """The partner does not work on it any more; nothing happens if another one does."""
        if self.partner_id == partner_id:
            self.partner_id = ""

    def begin_conversion(self, conversion_id: str) -> None:
        """Hold it for a conversion. Refused(LEAD_NOT_CONVERTIBLE) if it is not qualified."""
        self._require_at_rest()
        if self.state is not LeadState.QUALIFIED:
            raise Refused("LEAD_NOT_CONVERTIBLE", state=self.state)
        self.conversion_id = conversion_id

    def convert(self, account_id: str, contact_id: str, opportunity_id: str) -> LeadConverted:
        """Sales has taken it over: the conversion that holds it is done."""
        self.state = LeadState.CONVERTED
        return LeadConverted(
            self.id, self.conversion_id, self.campaign_id, account_id, contact_id, opportunity_id
        )

    def release(self) -> None:
        """The conversion that held it was refused: it is qualified, as before."""
        self.conversion_id = ""

    def undo_conversion(self) -> LeadConversionUndone:
        """Sales has given it back: it is qualified again."""
        undone = LeadConversionUndone(self.id, self.conversion_id)
        self.state, self.conversion_id = LeadState.QUALIFIED, ""
        return undone

    def check_deletable(self) -> None:
        """Refused(LEAD_CLOSED) once it is converted: what it became refers to it."""
        self._require_at_rest()
        if self.state is LeadState.CONVERTED:
            raise Refused("LEAD_CLOSED", state=self.state)

    def _require_at_rest(self) -> None:
        if self.conversion_id and self.state is not LeadState.CONVERTED:
            raise Refused("LEAD_CONVERTING")

    def _require_open(self) -> None:
        self._require_at_rest()
        if self.state in CLOSED:
            raise Refused("LEAD_CLOSED", state=self.state)

    def _require_someone(self) -> None:
        if not (self.family_name or self.company or self.email or self.phone):
            raise Invalid("LEAD_NAMELESS", field="lead.family_name")
