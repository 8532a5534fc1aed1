"""Products: what is sold, and whether it is on offer (SAL-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.errors import Invalid, Refused


class ProductKind(StrEnum):
    """What sort of thing a product is."""

    GOODS = "goods"
    SERVICE = "service"
    SUBSCRIPTION = "subscription"


class ProductState(StrEnum):
    """Whether a product is on offer."""

    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True)
class ProductCreated:
    """A product was put on offer."""

    product_id: str
    sku: str
    product_line: str
    kind: ProductKind


@dataclass(frozen=True)
class ProductRetired:
    """A product was taken off the market."""

    product_id: str


@dataclass(frozen=True)
class ProductReinstated:
    """A retired product is on offer again."""

    product_id: str


@dataclass
class Product:
    """Something that is sold. Quantities of it are whole units; warranty counts from delivery."""

    id: str
    sku: str
    name: str
    product_line: str
    unit: str
    kind: ProductKind
    name_zh: str = ""
    description: str = ""
    serial_tracked: bool = False
    warranty_months: int = 0
    state: ProductState = ProductState.ACTIVE
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def offer(self) -> ProductCreated:
        """Put it on offer for the first time. Invalid(SERIALS_ONLY_FOR_GOODS)."""
        self._check_serials()
        return ProductCreated(self.id, self.sku, self.product_line, self.kind)

    def revise(self, changes: dict[str, Any]) -> None:
        """Change fields by name. Invalid(SERIALS_ONLY_FOR_GOODS)."""
        for name, value in changes.items():
            setattr(self, name, value)
        self._check_serials()

    def retire(self) -> ProductRetired:
        """Take it off the market; what is quoted or ordered goes on. Refused(PRODUCT_RETIRED)."""
        self.require_active()
        self.state = ProductState.RETIRED
        return ProductRetired(self.id)

    def reinstate(self) -> ProductReinstated:
        """Put it on offer again. Refused(PRODUCT_ACTIVE)."""
        if self.state is ProductState.ACTIVE:
            raise Refused("PRODUCT_ACTIVE", sku=self.sku)
        self.state = ProductState.ACTIVE
        return ProductReinstated(self.id)

    def require_active(self) -> None:
        """Refused(PRODUCT_RETIRED) if it is off the market."""
        if self.state is ProductState.RETIRED:
            raise Refused("PRODUCT_RETIRED", sku=self.sku)

    def _check_serials(self) -> None:
        if self.serial_tracked and self.kind is not ProductKind.GOODS:
            raise Invalid("SERIALS_ONLY_FOR_GOODS", field="product.serial_tracked", kind=self.kind)
