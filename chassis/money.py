"""Amounts of money as domain code holds them: integer minor units and a currency, never a float.

Minor units are those of ISO 4217, table A.1: 1999 USD is 19.99 dollars, 500 JPY is 500 yen. CLDR
(and so babel) differs from it on purpose for currencies whose small coins went out of use, which
is right for printing and wrong for booking; hence the table here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import total_ordering

from chassis.errors import Invalid, Refused

BASIS_POINTS = 10_000
"""Basis points in a whole: 10 000 are 100 %, 250 are 2.5 %."""

_OTHER_MINOR_UNITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_TWO_MINOR_UNITS = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN "
    "BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
    "GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP "
    "LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR "
    "NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
    "SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR "
    "ZMW ZWG"
)
MINOR_UNITS: dict[str, int] = dict.fromkeys(_TWO_MINOR_UNITS.split(), 2) | {
    code: digits for digits, codes in _OTHER_MINOR_UNITS.items() for code in codes.split()
}
"""Decimal places of every currency that can be booked."""


def minor_units(currency: str) -> int:
    """Decimal places of a currency: 2 for EUR, 0 for JPY.

    Errors: Invalid("CURRENCY_UNKNOWN") if ISO 4217 has no such currency.
    """
    if currency not in MINOR_UNITS:
        raise Invalid("CURRENCY_UNKNOWN", currency=currency)
    return MINOR_UNITS[currency]


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency (ISO 4217 code in capital letters).

    Adding, subtracting and comparing two currencies raises Refused("CURRENCIES_DIFFER").
    """

    amount_minor: int
    currency: str

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in this currency."""
        return cls(0, currency)

    @classmethod
    def total(cls, amounts: Iterable[Money], currency: str) -> Money:
        """The sum of amounts that are all in this currency; zero if there are none."""
        return sum(amounts, cls.zero(currency))

    def __bool__(self) -> bool:
        """Whether this is any amount at all, owed either way."""
        return self.amount_minor != 0

    def __add__(self, other: Money) -> Money:
        return Money(self.amount_minor + self._same(other).amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount_minor - self._same(other).amount_minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount_minor < self._same(other).amount_minor

    def times(self, factor: int | Fraction | Decimal) -> Money:
        """Multiply, rounding to the nearest minor unit, halves to the even one."""
        return Money(round(self.amount_minor * Fraction(factor)), self.currency)

    def percent(self, basis_points: int) -> Money:
        """This share of the amount, rounded like times()."""
        return self.times(Fraction(basis_points, BASIS_POINTS))

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

    def decimal(self) -> Decimal:
        """In major units, with all decimal places of the currency: 1990 USD is Decimal("19.90")."""
        return Decimal(self.amount_minor).scaleb(-minor_units(self.currency))

    def __str__(self) -> str:
        """For explanations and logs, the same in every language: "19.90 USD"."""
        return f"{self.decimal():f} {self.currency}"

    def _same(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise Refused("CURRENCIES_DIFFER", left=self.currency, right=other.currency)
        return other
