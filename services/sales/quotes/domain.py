"""Quotes: drafting, approval of discounts, sending, answering, expiring, revising (SAL-5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.errors import Denied, Invalid, Refused
from chassis.money import Money
from services.sales.price_books.domain import SalesChannel, check_date
from services.sales.quotes.amounts import QuoteLine, add_up
from services.sales.quotes.events import (
    QuoteAccepted,
    QuoteApproved,
    QuoteDeclined,
    QuoteExpired,
    QuoteRejected,
    QuoteRevised,
    QuoteSent,
    QuoteSubmitted,
)


class QuoteState(StrEnum):
    """How far an offer has come."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class QuoteDeclineReason(StrEnum):
    """Why a customer does not take an offer."""

    PRICE = "price"
    COMPETITOR = "competitor"
    SCOPE = "scope"
    TIMING = "timing"
    NO_BUDGET = "no_budget"
    OTHER = "other"


#: From these a new version cannot be made.
UNREVISABLE = {QuoteState.DRAFT, QuoteState.ACCEPTED, QuoteState.SUPERSEDED}


@dataclass
class DiscountLimit:
    """Up to which share of gross a role may give away, in basis points; id is the role's slug."""

    id: str
    limit_basis_points: int = 0
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None


def greatest_limit(limits: Mapping[str, int], roles: Iterable[str]) -> int:
    """What somebody with these roles may give, in basis points; nothing without a limit for any."""
    return max((limits.get(role, 0) for role in roles), default=0)


@dataclass
class Quote:
    """One version of an offer. Only a draft changes; afterwards only its state does."""

    id: str
    series_id: str
    currency: str
    gross: Money
    subtotal: Money
    total: Money
    account_id: str
    price_book_id: str
    valid_until_date: str
    revision: int = 1
    name: str = ""
    contact_id: str = ""
    opportunity_id: str = ""
    channel: SalesChannel = SalesChannel.ANY
    terms: str = ""
    lines: tuple[QuoteLine, ...] = ()
    discount_basis_points: int = 0
    total_discount_basis_points: int = 0
    state: QuoteState = QuoteState.DRAFT
    submitter_id: str = ""
    approver_id: str = ""
    rejection_note: str = ""
    send_time: datetime | None = None
    answer_time: datetime | None = None
    accepter_id: str = ""
    acceptance_reference: str = ""
    decline_reason: QuoteDeclineReason | None = None
    decline_note: str = ""
    superseded_by_id: str = ""
    order_id: str = ""
    owner_id: str = ""
    team_id: str = ""
    business_unit_id: str = ""
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def revise_draft(self, changes: Mapping[str, Any]) -> None:
        """Change fields of a draft by name. Refused(QUOTE_NOT_DRAFT)."""
        self.require_draft()
        for name, value in changes.items():
            setattr(self, name, value)

    def check_validity(self, at: datetime, field: str) -> None:
        """Whether the last day is one to come; field is its path. Invalid(DATE_INVALID, DATE_PAST)."""
        check_date(self.valid_until_date, field)
        if self.overdue(at):
            raise Invalid("DATE_PAST", field=field, date=self.valid_until_date)

    def price(self, lines: Sequence[QuoteLine]) -> None:
        """Put these lines under the draft and add them up. Refused(QUOTE_NOT_DRAFT, AMOUNT_TOO_LARGE)."""
        self.require_draft()
        self.lines, totals = add_up(lines, self.discount_basis_points, self.currency)
        self.gross, self.subtotal, self.total = totals.gross, totals.subtotal, totals.total
        self.total_discount_basis_points = totals.total_discount_basis_points

    def submit(
        self, submitter_id: str, limit_basis_points: int, at: datetime
    ) -> QuoteApproved | QuoteSubmitted:
        """Finish the draft; it is approved at once if its discount is within the submitter's limit.

        Refused(QUOTE_NOT_DRAFT, QUOTE_EMPTY, QUOTE_VALIDITY_PAST).
        """
        self.require_draft()
        if not self.lines:
            raise Refused("QUOTE_EMPTY")
        self._require_validity(at)
        self.submitter_id, self.rejection_note = submitter_id, ""
        if self.total_discount_basis_points <= limit_basis_points:
            return self._approve(submitter_id)
        self.state = QuoteState.SUBMITTED
        return QuoteSubmitted(self.id, submitter_id, self.total, self.total_discount_basis_points)

    def approve(self, approver_id: str, limit_basis_points: int) -> QuoteApproved:
        """Allow the discount. Refused(QUOTE_NOT_SUBMITTED); Denied(SELF_APPROVAL, DISCOUNT_OVER_LIMIT)."""
        self._require_judge(approver_id)
        if self.total_discount_basis_points > limit_basis_points:
            raise Denied(
                "DISCOUNT_OVER_LIMIT",
                discount=_percent(self.total_discount_basis_points),
                limit=_percent(limit_basis_points),
            )
        return self._approve(approver_id)

    def reject(self, rejecter_id: str, note: str) -> QuoteRejected:
        """Refuse the discount; a draft again. Refused(QUOTE_NOT_SUBMITTED); Denied(SELF_APPROVAL)."""
        self._require_judge(rejecter_id)
        self.state, self.rejection_note = QuoteState.DRAFT, note
        return QuoteRejected(self.id, rejecter_id)

    def send(self, at: datetime) -> QuoteSent:
        """Let it go to the customer. Refused(QUOTE_NOT_APPROVED, QUOTE_VALIDITY_PAST)."""
        if self.state is not QuoteState.APPROVED:
            raise Refused("QUOTE_NOT_APPROVED", state=self.state)
        self._require_validity(at)
        self.state, self.send_time = QuoteState.SENT, at
        return QuoteSent(
            self.id,
            self.account_id,
            self.contact_id,
            self.opportunity_id,
            self.total,
            self.valid_until_date,
            at,
        )

    def accept(self, accepter_id: str, reference: str, at: datetime) -> QuoteAccepted:
        """The customer takes the offer. Refused(QUOTE_NOT_SENT, QUOTE_EXPIRED)."""
        self._require_open_offer(at)
        self.state, self.answer_time = QuoteState.ACCEPTED, at
        self.accepter_id, self.acceptance_reference = accepter_id, reference
        return QuoteAccepted(
            self.id, self.account_id, self.opportunity_id, self.total, self.owner_id, at
        )

    def decline(self, reason: QuoteDeclineReason, note: str, at: datetime) -> QuoteDeclined:
        """The customer does not take it. Refused(QUOTE_NOT_SENT, QUOTE_EXPIRED); Invalid(NOTE_REQUIRED)."""
        self._require_open_offer(at)
        if reason is QuoteDeclineReason.OTHER and not note.strip():
            raise Invalid("NOTE_REQUIRED", field="note")
        self.state, self.answer_time = QuoteState.DECLINED, at
        self.decline_reason, self.decline_note = reason, note
        return QuoteDeclined(self.id, self.account_id, self.opportunity_id, reason)

    def overdue(self, at: datetime) -> bool:
        """Whether the last day (UTC) of the offer has passed."""
        return self.valid_until_date < at.date().isoformat()

    def expire(self, at: datetime) -> QuoteExpired | None:
        """Let an offer that is sent and overdue expire; any other stays as it is."""
        if self.state is not QuoteState.SENT or not self.overdue(at):
            return None
        self.state = QuoteState.EXPIRED
        return QuoteExpired(self.id, self.account_id, self.opportunity_id)

    def supersede(self, new_id: str, valid_until_date: str) -> tuple[Quote, QuoteRevised]:
        """The draft of the next version, whose lines are yet to be priced. Refused(QUOTE_NOT_REVISABLE)."""
        if self.state in UNREVISABLE:
            raise Refused("QUOTE_NOT_REVISABLE", state=self.state)
        self.state, self.superseded_by_id = QuoteState.SUPERSEDED, new_id
        successor = replace(
            self,
            id=new_id,
            revision=self.revision + 1,
            state=QuoteState.DRAFT,
            valid_until_date=valid_until_date or self.valid_until_date,
            submitter_id="",
            approver_id="",
            rejection_note="",
            send_time=None,
            answer_time=None,
            decline_reason=None,
            decline_note="",
            superseded_by_id="",
        )
        return successor, QuoteRevised(self.id, new_id, successor.revision)

    def order(self, order_id: str) -> None:
        """Note what was ordered on it. Refused(QUOTE_NOT_ACCEPTED)."""
        if self.state is not QuoteState.ACCEPTED:
            raise Refused("QUOTE_NOT_ACCEPTED", state=self.state)
        self.order_id = order_id

    def require_draft(self) -> None:
        """Refused(QUOTE_NOT_DRAFT) once it is submitted."""
        if self.state is not QuoteState.DRAFT:
            raise Refused("QUOTE_NOT_DRAFT", state=self.state)

    def check_deletable(self) -> None:
        """Refused(QUOTE_NOT_DRAFT, QUOTE_IS_REVISION): a superseded version refers to its successor."""
        self.require_draft()
        if self.revision > 1:
            raise Refused("QUOTE_IS_REVISION")

    def _approve(self, approver_id: str) -> QuoteApproved:
        self.state, self.approver_id = QuoteState.APPROVED, approver_id
        return QuoteApproved(self.id, approver_id)

    def _require_judge(self, user_id: str) -> None:
        if self.state is not QuoteState.SUBMITTED:
            raise Refused("QUOTE_NOT_SUBMITTED", state=self.state)
        if user_id in (self.submitter_id, self.owner_id):
            raise Denied("SELF_APPROVAL")

    def _require_validity(self, at: datetime) -> None:
        if self.overdue(at):
            raise Refused("QUOTE_VALIDITY_PAST", date=self.valid_until_date)

    def _require_open_offer(self, at: datetime) -> None:
        if self.state is QuoteState.EXPIRED or self.expire(at):
            raise Refused("QUOTE_EXPIRED", date=self.valid_until_date)
        if self.state is not QuoteState.SENT:
            raise Refused("QUOTE_NOT_SENT", state=self.state)


def require_proof(reference: str) -> None:
    """Invalid(ACCEPTANCE_REFERENCE_NEEDED) where somebody else than the customer accepts without one."""
    if not reference.strip():
        raise Invalid("ACCEPTANCE_REFERENCE_NEEDED", field="acceptance_reference")


def _percent(basis_points: int) -> str:
    return f"{basis_points / 100:g} %"
