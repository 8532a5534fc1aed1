"""Money adds up, never mixes currencies, and is shared out to the last minor unit."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refused
from chassis.money import Money

AMOUNTS = st.integers(-(10**15), 10**15)


def test_adds_and_subtracts_in_one_currency() -> None:
    assert Money(150, "EUR") + Money(50, "EUR") - Money(20, "EUR") == Money(180, "EUR")


def test_refuses_to_mix_currencies() -> None:
    with pytest.raises(Refused) as refusal:
        Money(1, "EUR") + Money(1, "USD")
    assert refusal.value.params == {"left": "EUR", "right": "USD"}


@pytest.mark.parametrize(("minor", "expected"), [(5, 2), (15, 8), (-5, -2), (7, 4)])
def test_times_rounds_halves_to_even(minor: int, expected: int) -> None:
    assert Money(minor, "USD").times(Fraction(1, 2)) == Money(expected, "USD")


@given(AMOUNTS, st.lists(st.integers(0, 10_000), min_size=1).filter(any))
def test_parts_sum_to_the_whole_and_stay_within_one_unit(amount: int, weights: list[int]) -> None:
    parts = Money(amount, "EUR").share_out(weights)
    assert sum(part.amount_minor for part in parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.amount_minor - Fraction(amount * weight, sum(weights))) < 1


def test_the_odd_cent_goes_to_the_largest_remainder() -> None:
    assert Money(100, "EUR").share_out([1, 1, 1]) == [
        Money(34, "EUR"),
        Money(33, "EUR"),
        Money(33, "EUR"),
    ]


@pytest.mark.parametrize("weights", [[0, 0], [2, -1]])
def test_weights_must_make_sense(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(1, "EUR").share_out(weights)
