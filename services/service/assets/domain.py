"""Assets: installed products, whose they are, and how long they are under warranty (SVC-8)."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from chassis.errors import Invalid, Refused
from services.service.calendars.domain import check_date


class AssetState(StrEnum):
    ACTIVE = "active"
    IN_REPAIR = "in_repair"
    RETIRED = "retired"


class WarrantyState(StrEnum):
    """How a warranty stands on a day."""

    NONE = "none"
    NOT_BEGUN = "not_begun"
    IN_FORCE = "in_force"
    OVER = "over"


@dataclass(frozen=True)
class AssetCreated:
    asset_id: str
    account_id: str
    product_id: str
    order_id: str
    warranty_end_date: str


@dataclass(frozen=True)
class AssetRepairStarted:
    asset_id: str


@dataclass(frozen=True)
class AssetRepaired:
    asset_id: str


@dataclass(frozen=True)
class AssetRetired:
    asset_id: str
    account_id: str


@dataclass
class Asset:
    """One unit with a serial, or several alike without. Warranty days are UTC days, both included."""

    id: str
    account_id: str
    product_id: str
    product_name: str
    product_name_zh: str = ""
    sku: str = ""
    serial: str = ""
    quantity: int = 1
    contact_id: str = ""
    order_id: str = ""
    order_line_id: str = ""
    location: str = ""
    warranty_start_date: str = ""
    warranty_end_date: str = ""
    state: AssetState = AssetState.ACTIVE
    retire_reason: str = ""
    # "<product>/<serial>" where there is a serial, so that no two units have the same.
    serial_key: str | None = None
    # "<fulfilment>/<unit>" of what came from an order: the same delivery makes no second asset.
    origin: str | None = None
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def create(self) -> AssetCreated:
        """Check it and announce it."""
        self.check()
        return AssetCreated(
            self.id, self.account_id, self.product_id, self.order_id, self.warranty_end_date
        )

    def check(self) -> None:
        """Raise Invalid unless quantity and warranty make sense."""
        self.serial_key = f"{self.product_id}/{self.serial}" if self.serial else None
        if self.serial and self.quantity != 1:
            raise Invalid("SERIAL_OF_SEVERAL", field="asset.quantity")
        if bool(self.warranty_start_date) != bool(self.warranty_end_date):
            raise Invalid("WARRANTY_HALF", field="asset.warranty_end_date")
        if not self.warranty_start_date:
            return
        check_date(self.warranty_start_date, "asset.warranty_start_date")
        check_date(self.warranty_end_date, "asset.warranty_end_date")
        if self.warranty_end_date < self.warranty_start_date:
            raise Invalid("TERM_BACKWARDS", field="asset.warranty_end_date")

    def revise(self, changes: dict[str, object]) -> None:
        """Change fields by name. Refused(ASSET_RETIRED)."""
        if self.state is AssetState.RETIRED:
            raise Refused("ASSET_RETIRED")
        for name, value in changes.items():
            setattr(self, name, value)
        self.check()

    def start_repair(self) -> AssetRepairStarted:
        """Take it out of use for repair."""
        self._require(AssetState.ACTIVE)
        self.state = AssetState.IN_REPAIR
        return AssetRepairStarted(self.id)

    def finish_repair(self) -> AssetRepaired:
        """Put it back into use."""
        self._require(AssetState.IN_REPAIR)
        self.state = AssetState.ACTIVE
        return AssetRepaired(self.id)

    def retire(self, reason: str) -> AssetRetired:
        """Take it out of use for good; its history stays."""
        if self.state is AssetState.RETIRED:
            raise Refused("ASSET_RETIRED")
        self.state = AssetState.RETIRED
        self.retire_reason = reason
        return AssetRetired(self.id, self.account_id)

    def warranty(self, on_date: str) -> WarrantyState:
        """How its warranty stands on a day."""
        if not self.warranty_end_date:
            return WarrantyState.NONE
        if on_date < self.warranty_start_date:
            return WarrantyState.NOT_BEGUN
        if on_date > self.warranty_end_date:
            return WarrantyState.OVER
        return WarrantyState.IN_FORCE

    def _require(self, state: AssetState) -> None:
        if self.state is not state:
            raise Refused("ASSET_NOT_IN_STATE", state=self.state, expected=state)


def warranty_days(fulfilled: datetime, months: int) -> tuple[str, str]:
    """First and last day of a warranty of so many months; two empty texts for none.

    A month after 31 January ends with February: the last day is the one before the same day, or the
    last day, of the month that many months on.
    """
    if months <= 0:
        return "", ""
    start = fulfilled.date()
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    same_day = date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
    return start.isoformat(), (same_day - timedelta(days=1)).isoformat()
