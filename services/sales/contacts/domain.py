"""What is true of a contact: a person with a name, and a role at each of some accounts (SAL-1)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.errors import Invalid, Refused
from services.sales.identifiers.domain import Identifier, normalise_all
from services.sales.ownership import Owned


class BuyingRole(StrEnum):
    """The part that a person plays when the account buys."""

    DECISION_MAKER = "decision_maker"
    BUYER = "buyer"
    INFLUENCER = "influencer"
    USER = "user"
    BILLING = "billing"
    TECHNICAL = "technical"
    OTHER = "other"


@dataclass(frozen=True)
class ContactRole:
    """What a person is to an account."""

    account_id: str
    role: BuyingRole = BuyingRole.OTHER


@dataclass(frozen=True)
class ContactCreated:
    """A contact was entered."""

    contact_id: str
    account_id: str
    owner_id: str


@dataclass
class Contact(Owned):
    """A person whom we talk to at one or more accounts."""

    id: str
    given_name: str = ""
    family_name: str = ""
    job_title: str = ""
    language: str = ""
    identifiers: tuple[Identifier, ...] = ()
    roles: tuple[ContactRole, ...] = ()
    partner_id: str = ""
    extensions: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def enter(self) -> ContactCreated:
        """Check and normalise what was typed, and announce it.

        Errors: those of identifiers; Invalid(NAME_REQUIRED); Invalid(ACCOUNT_REPEATED).
        """
        self._settle()
        account_id = self.roles[0].account_id if self.roles else ""
        return ContactCreated(self.id, account_id, self.owner_id)

    def revise(self, changes: dict[str, Any]) -> None:
        """Change fields by name. Errors: as enter."""
        for name, value in changes.items():
            setattr(self, name, value)
        self._settle()

    def belongs_to(self, account_id: str) -> bool:
        """Whether the person has a role at this account."""
        return any(role.account_id == account_id for role in self.roles)

    def join(self, account_id: str) -> bool:
        """Give the person a role at this account; False if there is one already."""
        if self.belongs_to(account_id):
            return False
        self.roles = (*self.roles, ContactRole(account_id))
        return True

    def leave(self, account_id: str) -> None:
        """Take the role at this account away."""
        self.roles = tuple(role for role in self.roles if role.account_id != account_id)

    def check_deletable(self, uses: str) -> None:
        """Refused(CONTACT_IN_USE) if anything names the contact; `uses` says what, in words."""
        if uses:
            raise Refused("CONTACT_IN_USE", uses=uses)

    def _settle(self) -> None:
        if not (self.given_name.strip() or self.family_name.strip()):
            raise Invalid("NAME_REQUIRED", field="contact.family_name")
        self.identifiers = normalise_all(self.identifiers, "contact.identifiers")
        self.roles = tuple(replace(role, role=role.role or BuyingRole.OTHER) for role in self.roles)
        seen: set[str] = set()
        for position, role in enumerate(self.roles):
            if role.account_id in seen:
                raise Invalid("ACCOUNT_REPEATED", field=f"contact.roles[{position}].account_id")
            seen.add(role.account_id)
