"""Money adds up, never mixes currencies, and is shared out to the last minor unit."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from babel.numbers import list_currencies
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid, Refused
from chassis.money import MINOR_UNITS, Money, minor_units

AMOUNTS = st.integers(-(10**15), 10**15)
EUROS = st.builds(Money, AMOUNTS, st.just("EUR"))


@given(EUROS, EUROS, EUROS)
def test_sums_behave_like_sums(a: Money, b: Money, c: Money) -> None:
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a - b == a + -b
    assert not a - a
    assert Money.total([a, b, c], "EUR") == a + b + c


@given(EUROS, EUROS)
def test_order_is_the_order_of_the_amounts(a: Money, b: Money) -> None:
    assert (a < b) == (a.amount_minor < b.amount_minor)
    assert (a >= b) == (not a < b)


def test_adds_and_subtracts_in_one_currency() -> None:
    assert Money(150, "EUR") + Money(50, "EUR") - Money(20, "EUR") == Money(180, "EUR")


@pytest.mark.parametrize("act", [operator.add, operator.sub, operator.lt, operator.ge])
def test_refuses_to_mix_currencies(act: Callable[[Money, Money], object]) -> None:
    with pytest.raises(Refused) as refusal:
        act(Money(1, "EUR"), Money(1, "USD"))
    assert refusal.value.reason == "CURRENCIES_DIFFER"
    assert refusal.value.params == {"left": "EUR", "right": "USD"}
    assert Money(0, "EUR") != Money(0, "USD")


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


@pytest.mark.parametrize(
    ("minor", "basis_points", "expected"),
    [
        (1000, 250, 25),
        (50, 100, 0),
        (150, 100, 2),
        (250, 100, 2),
        (-150, 100, -2),
        (999, 10_000, 999),
    ],
)
def test_percent_rounds_halves_to_even(minor: int, basis_points: int, expected: int) -> None:
    assert Money(minor, "EUR").percent(basis_points) == Money(expected, "EUR")


@given(EUROS, st.integers(0, 10_000))
def test_percent_is_within_half_a_unit_and_symmetric(amount: Money, basis_points: int) -> None:
    share = amount.percent(basis_points)
    exact = Fraction(amount.amount_minor * basis_points, 10_000)
    assert abs(share.amount_minor - exact) <= Fraction(1, 2)
    assert (-amount).percent(basis_points) == -share


def test_prints_with_the_decimal_places_of_the_currency() -> None:
    assert Money(1990, "USD").decimal() == Decimal("19.90")
    assert str(Money(500, "JPY")) == "500 JPY"
    assert str(Money(1234, "KWD")) == "1.234 KWD"
    assert str(Money(-5, "EUR")) == "-0.05 EUR"


def test_knows_the_currencies_of_the_world_and_no_others() -> None:
    assert set(MINOR_UNITS) <= list_currencies()
    with pytest.raises(Invalid) as refusal:
        minor_units("XXX")
    assert refusal.value.reason == "CURRENCY_UNKNOWN"
