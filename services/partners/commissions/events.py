"""What the verbs of a commission announce."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.money import Money


@dataclass(frozen=True)
class CommissionAccrued:
    """A partner earned a commission with a won deal."""

    commission_id: str
    partner_id: str
    deal_id: str
    opportunity_id: str
    amount: Money
    rate_bp: int


@dataclass(frozen=True)
class CommissionApproved:
    """It may be paid."""

    commission_id: str
    partner_id: str
    amount: Money


@dataclass(frozen=True)
class CommissionPaid:
    """It was paid."""

    commission_id: str
    partner_id: str
    amount: Money


@dataclass(frozen=True)
class CommissionReversed:
    """The deal was not won after all."""

    commission_id: str
    partner_id: str
    deal_id: str
    amount: Money
