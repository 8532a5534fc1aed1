"""What the verbs of a deal announce; reasons by their names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chassis.money import Money


@dataclass(frozen=True)
class DealSubmitted:
    """A partner asked for a decision about a deal."""

    deal_id: str
    partner_id: str
    product_line: str
    expected_amount: Money
    complete_time: datetime


@dataclass(frozen=True)
class DealReviewed:
    """A decision is being prepared."""

    deal_id: str
    partner_id: str
    conflicts: int


@dataclass(frozen=True)
class DealReturned:
    """The partner was asked to correct it."""

    deal_id: str
    partner_id: str


@dataclass(frozen=True)
class DealApproved:
    """The deal is protected."""

    deal_id: str
    partner_id: str
    product_line: str
    expected_amount: Money | None
    protection_end_time: datetime
    commission_rate_bp: int


@dataclass(frozen=True)
class DealRejected:
    """The deal was turned down."""

    deal_id: str
    partner_id: str
    reason: str


@dataclass(frozen=True)
class DealExpired:
    """The protection ended before the deal was converted."""

    deal_id: str
    partner_id: str


@dataclass(frozen=True)
class DealConverted:
    """Sales took the deal over."""

    deal_id: str
    partner_id: str
    handover_id: str
    account_id: str
    opportunity_id: str


@dataclass(frozen=True)
class DealWithdrawn:
    """The partner took the registration back."""

    deal_id: str
    partner_id: str


@dataclass(frozen=True)
class DealConflicted:
    """A deal of another region stands in the way."""

    deal_id: str
    partner_id: str
    conflicting_deal_id: str
    conflicting_region: str
