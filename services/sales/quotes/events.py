"""What quotes announce; each as its message of the same name in quote_events.proto says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chassis.money import Money


@dataclass(frozen=True)
class QuoteSubmitted:
    """A discount beyond the limit of who gave it waits for approval."""

    quote_id: str
    submitter_id: str
    total: Money
    total_discount_basis_points: int


@dataclass(frozen=True)
class QuoteApproved:
    """A quote may be sent."""

    quote_id: str
    approver_id: str


@dataclass(frozen=True)
class QuoteRejected:
    """The discount was refused; the quote is a draft again."""

    quote_id: str
    rejecter_id: str


@dataclass(frozen=True)
class QuoteSent:
    """An offer went to the customer."""

    quote_id: str
    account_id: str
    contact_id: str
    opportunity_id: str
    total: Money
    valid_until_date: str
    send_time: datetime


@dataclass(frozen=True)
class QuoteAccepted:
    """The customer took the offer."""

    quote_id: str
    account_id: str
    opportunity_id: str
    total: Money
    owner_id: str
    answer_time: datetime


@dataclass(frozen=True)
class QuoteDeclined:
    """The customer did not take the offer."""

    quote_id: str
    account_id: str
    opportunity_id: str
    decline_reason: str


@dataclass(frozen=True)
class QuoteExpired:
    """The last day of an offer passed without an answer."""

    quote_id: str
    account_id: str
    opportunity_id: str


@dataclass(frozen=True)
class QuoteRevised:
    """A newer version took the place of an offer."""

    quote_id: str
    superseded_by_id: str
    revision: int
