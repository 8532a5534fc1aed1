"""Currencies that amounts and terms may be in."""

from __future__ import annotations

from chassis.errors import Invalid
from chassis.money import MINOR_UNITS


def require_known_currency(currency: str, *, field: str) -> None:
    """Invalid(CURRENCY_UNKNOWN) for a code that ISO 4217 does not have."""
    if currency not in MINOR_UNITS:
        raise Invalid("CURRENCY_UNKNOWN", field=field, currency=currency)
