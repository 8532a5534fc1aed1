"""A flat commission on a won deal, and the ledger entries that make its state (core of PRM-7).

accrued → approved → paid, and from each of them → reversed. Every step adds one entry for the whole
amount; no entry is ever changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chassis.errors import Refused
from chassis.money import Money
from services.partners.commissions.events import (
    CommissionAccrued,
    CommissionApproved,
    CommissionPaid,
    CommissionReversed,
)


class CommissionState(StrEnum):
    """How far a commission has come; also the kind of the entry that brought it there."""

    ACCRUED = "accrued"
    APPROVED = "approved"
    PAID = "paid"
    REVERSED = "reversed"


@dataclass(frozen=True)
class CommissionEntry:
    """One line of the ledger. Its amount is not negative; its kind says which way it counts."""

    id: str
    commission_id: str
    partner_id: str
    deal_id: str
    kind: CommissionState
    amount: Money
    period: str
    note: str
    actor_id: str
    create_time: datetime


@dataclass
class Commission:
    """What a partner earns with one won deal."""

    id: str
    partner_id: str
    deal_id: str
    opportunity_id: str
    base_amount: Money
    rate_bp: int
    amount: Money
    win_time: datetime
    state: CommissionState = CommissionState.ACCRUED
    owner_id: str = ""
    team_id: str = ""
    business_unit_id: str = ""
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def accrue(self) -> CommissionAccrued:
        """Announce that it was earned."""
        return CommissionAccrued(
            self.id, self.partner_id, self.deal_id, self.opportunity_id, self.amount, self.rate_bp
        )

    def approve(self) -> CommissionApproved:
        """Release it for payment. Errors: Refused(COMMISSION_NOT_ACCRUED)."""
        if self.state is not CommissionState.ACCRUED:
            raise Refused("COMMISSION_NOT_ACCRUED", state=self.state)
        self.state = CommissionState.APPROVED
        return CommissionApproved(self.id, self.partner_id, self.amount)

    def pay(self) -> CommissionPaid:
        """Record that it was paid. Errors: Refused(COMMISSION_NOT_APPROVED)."""
        if self.state is not CommissionState.APPROVED:
            raise Refused("COMMISSION_NOT_APPROVED", state=self.state)
        self.state = CommissionState.PAID
        return CommissionPaid(self.id, self.partner_id, self.amount)

    def reverse(self) -> CommissionReversed:
        """Take it back, because the deal was not won after all. Errors: Refused(COMMISSION_REVERSED)."""
        if self.state is CommissionState.REVERSED:
            raise Refused("COMMISSION_REVERSED")
        self.state = CommissionState.REVERSED
        return CommissionReversed(self.id, self.partner_id, self.deal_id, self.amount)


@dataclass(frozen=True)
class CommissionStatement:
    """What one partner earned and was paid in one month and one currency."""

    partner_id: str
    period: str
    accrued: Money
    approved: Money
    paid: Money
    reversed: Money
    entry_count: int

    @property
    def balance(self) -> Money:
        """What the month leaves owed to the partner; negative if the partner owes us."""
        return self.accrued - self.reversed - self.paid


def commission_on(base: Money, rate_bp: int) -> Money:
    """The share of an amount at a rate in basis points, to the minor unit, halves to even."""
    return base.percent(rate_bp)


def period_of(at: datetime) -> str:
    """The month of a UTC time, "YYYY-MM": the period of the entries made then."""
    return f"{at:%Y-%m}"
