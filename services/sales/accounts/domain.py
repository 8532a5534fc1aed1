"""What is true of an account: who it is, how it is recognised, when it may change (SAL-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.errors import Invalid, Refused
from services.sales.identifiers.domain import Identifier, name_key, normalise_all
from services.sales.ownership import Owned


class AccountKind(StrEnum):
    """Whether the customer is a company or a person."""

    COMPANY = "company"
    PERSON = "person"


class AccountState(StrEnum):
    """Whether new business may be done with an account."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class AddressPurpose(StrEnum):
    """What an address is for."""

    OFFICE = "office"
    BILLING = "billing"
    SHIPPING = "shipping"


@dataclass(frozen=True)
class Address:
    """Where an account is, or wants its invoices or goods."""

    purpose: AddressPurpose
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True)
class AccountCreated:
    """An account was entered."""

    account_id: str
    kind: AccountKind
    partner_id: str
    owner_id: str


@dataclass
class Account(Owned):
    """A company or a person that buys, or may buy, from us."""

    id: str
    name: str = ""
    kind: AccountKind = AccountKind.COMPANY
    identifiers: tuple[Identifier, ...] = ()
    addresses: tuple[Address, ...] = ()
    industry: str = ""
    parent_account_id: str = ""
    partner_id: str = ""
    state: AccountState = AccountState.ACTIVE
    possible_duplicate: bool = False
    name_key: str = ""
    extensions: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def enter(self) -> AccountCreated:
        """Check and normalise what was typed, and announce it. Errors: those of identifiers."""
        self._settle()
        return AccountCreated(self.id, self.kind, self.partner_id, self.owner_id)

    def revise(self, changes: dict[str, Any]) -> None:
        """Change fields by name. Errors: those of identifiers."""
        for name, value in changes.items():
            setattr(self, name, value)
        self._settle()

    def deactivate(self) -> None:
        """Stop new business. Refused(ACCOUNT_INACTIVE) if it is stopped already."""
        self.require_active()
        self.state = AccountState.INACTIVE

    def activate(self) -> None:
        """Allow new business again. Refused(ACCOUNT_ACTIVE) if it is allowed already."""
        if self.state is AccountState.ACTIVE:
            raise Refused("ACCOUNT_ACTIVE")
        self.state = AccountState.ACTIVE

    def require_active(self) -> None:
        """Refused(ACCOUNT_INACTIVE) unless new business may be done with it."""
        if self.state is not AccountState.ACTIVE:
            raise Refused("ACCOUNT_INACTIVE")

    def check_parent(self, ancestors: Sequence[str]) -> None:
        """Invalid(PARENT_IS_PART) if the accounts above it, the parent first, lead back here."""
        if self.id in ancestors:
            raise Invalid("PARENT_IS_PART", field="account.parent_account_id")

    def check_deletable(self, uses: str) -> None:
        """Refused(ACCOUNT_IN_USE) if anything hangs on it; `uses` says what, in words."""
        if uses:
            raise Refused("ACCOUNT_IN_USE", uses=uses)

    def _settle(self) -> None:
        self.kind = self.kind or AccountKind.COMPANY
        self.identifiers = normalise_all(self.identifiers, "account.identifiers")
        self.name_key = name_key(self.name)
