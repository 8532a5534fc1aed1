"""The lines of an order: what was ordered, delivered, cancelled and returned, in whole units (SAL-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from chassis.errors import Invalid, Refused
from chassis.money import Money
from services.sales.pricing.domain import PriceStep


@dataclass
class OrderLine:
    """So many units of a product, with the product's words as they were when ordered.

    Always 0 <= returned <= fulfilled, and fulfilled + cancelled <= quantity.
    """

    id: str
    product_id: str
    sku: str
    product_name: str
    product_name_zh: str
    serial_tracked: bool
    warranty_months: int
    quantity: int
    unit_price: Money
    price_steps: tuple[PriceStep, ...]
    amount: Money
    fulfilled_quantity: int = 0
    cancelled_quantity: int = 0
    returned_quantity: int = 0

    @property
    def open_quantity(self) -> int:
        """Units that are still to be delivered."""
        return self.quantity - self.fulfilled_quantity - self.cancelled_quantity

    @property
    def billable(self) -> Money:
        """The share of the amount for units neither cancelled nor returned, rounded half to even."""
        kept = self.quantity - self.cancelled_quantity - self.returned_quantity
        return self.amount.times(Fraction(kept, self.quantity))

    def deliver(self, quantity: int, serials: Sequence[str]) -> None:
        """Refused(MORE_THAN_ORDERED); Invalid(SERIALS_COUNT, SERIAL_REPEATED, SERIALS_NOT_EXPECTED)."""
        if quantity > self.open_quantity:
            raise Refused("MORE_THAN_ORDERED", quantity=quantity, open=self.open_quantity)
        self._check_serials(quantity, serials)
        self.fulfilled_quantity += quantity

    def take_back(self, quantity: int, serials: Sequence[str]) -> None:
        """Refused(MORE_THAN_DELIVERED); Invalid(SERIALS_COUNT, SERIAL_REPEATED, SERIALS_NOT_EXPECTED)."""
        delivered = self.fulfilled_quantity - self.returned_quantity
        if quantity > delivered:
            raise Refused("MORE_THAN_DELIVERED", quantity=quantity, delivered=delivered)
        self._check_serials(quantity, serials)
        self.returned_quantity += quantity

    def cancel_open(self) -> None:
        """What is still to be delivered never will be."""
        self.cancelled_quantity += self.open_quantity

    def _check_serials(self, quantity: int, serials: Sequence[str]) -> None:
        if not self.serial_tracked and serials:
            raise Invalid("SERIALS_NOT_EXPECTED", field="serials", sku=self.sku)
        if self.serial_tracked and len(serials) != quantity:
            params = {"sku": self.sku, "quantity": quantity, "given": len(serials)}
            raise Invalid("SERIALS_COUNT", field="serials", **params)
        if len(set(serials)) != len(serials):
            raise Invalid("SERIAL_REPEATED", field="serials")
