"""What an offer adds up to: lines, discounts by hand, totals; exact to the minor unit (SAL-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chassis.errors import Refused
from chassis.money import BASIS_POINTS, Money
from services.sales.pricing.domain import PriceStep

#: The most that a whole document may come to, in minor units.
HIGHEST_TOTAL = 10**15


@dataclass(frozen=True)
class QuoteLine:
    """So many units of a product, with the product's words and price as they were when priced."""

    product_id: str
    sku: str
    product_name: str
    product_name_zh: str
    quantity: int
    list_price: Money
    unit_price: Money
    price_steps: tuple[PriceStep, ...]
    amount: Money
    net_amount: Money
    discount_basis_points: int = 0
    description: str = ""

    @property
    def gross(self) -> Money:
        """What the price rules alone would ask for the line."""
        return self.unit_price.times(self.quantity)


@dataclass(frozen=True)
class Totals:
    """The figures under an offer: by price rules alone, after line discounts, after all discounts."""

    gross: Money
    subtotal: Money
    total: Money
    total_discount_basis_points: int


def add_up(
    lines: Sequence[QuoteLine], discount_basis_points: int, currency: str
) -> tuple[tuple[QuoteLine, ...], Totals]:
    """The lines with their amounts, and the totals.

    A line's amount is its gross less its own discount, rounded half to even. The document's discount
    is taken off the sum and shared out over the lines by their amounts, so that the net amounts sum
    exactly to the total. Refused(AMOUNT_TOO_LARGE).
    """
    gross = Money.total([line.gross for line in lines], currency)
    if gross.amount_minor > HIGHEST_TOTAL:
        raise Refused("AMOUNT_TOO_LARGE", total=gross, highest=Money(HIGHEST_TOTAL, currency))
    amounts = [line.gross - line.gross.percent(line.discount_basis_points) for line in lines]
    subtotal = Money.total(amounts, currency)
    discount = subtotal.percent(discount_basis_points)
    added = tuple(
        replace(line, amount=amount, net_amount=amount - share)
        for line, amount, share in zip(lines, amounts, _shares(discount, amounts), strict=True)
    )
    total = subtotal - discount
    return added, Totals(gross, subtotal, total, _discount_basis_points(gross, total))


def _shares(discount: Money, amounts: list[Money]) -> list[Money]:
    weights = [amount.amount_minor for amount in amounts]
    if not any(weights):
        return amounts
    return discount.share_out(weights)


def _discount_basis_points(gross: Money, total: Money) -> int:
    """Rounded up, so that a discount is within a limit exactly if this figure is."""
    if not gross:
        return 0
    return -((total.amount_minor - gross.amount_minor) * BASIS_POINTS // gross.amount_minor)
