"""A commission is exact to the minor unit, and its states come in order (PRM-7)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refused
from chassis.money import Money
from services.partners.commissions.domain import (
    Commission,
    CommissionState,
    commission_on,
    period_of,
)
from services.partners.commissions.events import (
    CommissionAccrued,
    CommissionApproved,
    CommissionPaid,
    CommissionReversed,
)
from tests.unit.partners.samples import NOW

AMOUNT = Money(3_125_000, "EUR")
VERBS: dict[str, Callable[[Commission], object]] = {
    "approve": Commission.approve,
    "pay": Commission.pay,
    "reverse": Commission.reverse,
}


def a_commission() -> Commission:
    """12.50 % of 250 000 EUR, accrued."""
    return Commission(
        "commission_na_1",
        "partner_na_1",
        "deal_na_1",
        "opp_na_1",
        Money(25_000_000, "EUR"),
        1250,
        AMOUNT,
        NOW,
    )


@pytest.mark.parametrize(
    ("base", "rate_bp", "expected"),
    [(25_000_000, 1250, 3_125_000), (50, 100, 0), (150, 100, 2), (250, 100, 2), (1, 10_000, 1)],
)
def test_half_a_minor_unit_goes_to_the_even_one(base: int, rate_bp: int, expected: int) -> None:
    assert commission_on(Money(base, "JPY"), rate_bp) == Money(expected, "JPY")


@given(st.integers(0, 10**15), st.integers(0, 10_000))
def test_a_commission_is_within_half_a_minor_unit(base: int, rate_bp: int) -> None:
    amount = commission_on(Money(base, "EUR"), rate_bp).amount_minor
    assert abs(amount - Fraction(base * rate_bp, 10_000)) <= Fraction(1, 2)
    assert 0 <= amount <= base


def test_each_step_announces_itself() -> None:
    commission = a_commission()
    assert commission.accrue() == CommissionAccrued(
        "commission_na_1", "partner_na_1", "deal_na_1", "opp_na_1", AMOUNT, 1250
    )
    assert commission.approve() == CommissionApproved("commission_na_1", "partner_na_1", AMOUNT)
    assert commission.pay() == CommissionPaid("commission_na_1", "partner_na_1", AMOUNT)
    assert commission.reverse() == CommissionReversed(
        "commission_na_1", "partner_na_1", "deal_na_1", AMOUNT
    )
    with pytest.raises(Refused, match="COMMISSION_REVERSED"):
        commission.reverse()


def test_nothing_is_paid_unapproved_or_twice() -> None:
    commission = a_commission()
    with pytest.raises(Refused, match="COMMISSION_NOT_APPROVED"):
        commission.pay()
    commission.approve()
    with pytest.raises(Refused, match="COMMISSION_NOT_ACCRUED"):
        commission.approve()
    commission.pay()
    with pytest.raises(Refused, match="COMMISSION_NOT_APPROVED"):
        commission.pay()
    assert commission.state is CommissionState.PAID


@given(st.lists(st.sampled_from(sorted(VERBS)), max_size=10))
def test_each_state_is_entered_once_at_most(verbs: list[str]) -> None:
    commission, entered = a_commission(), [CommissionState.ACCRUED]
    for verb in verbs:
        with contextlib.suppress(Refused):
            VERBS[verb](commission)
            entered.append(commission.state)
    assert len(entered) == len(set(entered))
    assert commission.state is entered[-1]


def test_a_period_is_a_month() -> None:
    assert period_of(datetime(2026, 1, 31, 23, 59, tzinfo=UTC)) == "2026-01"
