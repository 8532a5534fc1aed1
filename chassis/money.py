"""Amounts of money as domain code holds them: integer minor units and a currency, never a float.

Minor units are those of ISO 4217: 1999 USD is 19.99 dollars, 500 JPY is 500 yen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from chassis.errors import Refused


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency (ISO 4217 code in capital letters).

    Adding, subtracting and comparing two currencies raises Refused("CURRENCIES_DIFFER").
    """

    amount_minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.amount_minor + self._same(other).amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount_minor - self._same(other).amount_minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount_minor < self._same(other).amount_minor

    def __le__(self, other: Money) -> bool:
        return self.amount_minor <= self._same(other).amount_minor

    def times(self, factor: int | Fraction) -> Money:
        """Multiply, rounding to the nearest minor unit, halves to the even one."""
        return Money(round(self.amount_minor * Fraction(factor)), self.currency)

    def share_out(self, weights: Sequence[int]) -> list[Money]:
        """Split by weights so that the parts sum exactly to the whole (largest remainder first).

        Weights are not negative and one at least is positive; else ValueError.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("weights must not be negative, and one must be positive")
        parts = [divmod(self.amount_minor * weight, total) for weight in weights]
        left = self.amount_minor - sum(quotient for quotient, _ in parts)
        by_remainder = sorted(range(len(parts)), key=lambda index: (-parts[index][1], index))
        rounded_up = set(by_remainder[:left])
        return [
            Money(quotient + (index in rounded_up), self.currency)
            for index, (quotient, _) in enumerate(parts)
        ]

    def _same(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise Refused("CURRENCIES_DIFFER", left=self.currency, right=other.currency)
        return other
