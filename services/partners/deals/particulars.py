"""What belongs to a deal beside its customer: a person there, the plan of its conversion, what sales made of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DealContact:
    """A person at the customer."""

    given_name: str = ""
    family_name: str = ""
    email: str = ""
    phone: str = ""

    @property
    def is_named(self) -> bool:
        """Whether one knows whom to ask for."""
        return bool(self.given_name.strip() or self.family_name.strip())


@dataclass(frozen=True)
class ConversionPlan:
    """What whoever converts the deal decided about it."""

    account_id: str = ""
    """The customer's account in sales; empty to create one."""
    pipeline_id: str = ""
    """Empty for the usual one."""
    owner_id: str = ""
    """Who looks after the opportunity; empty for the deal's owner."""


@dataclass(frozen=True)
class HandoverResult:
    """What sales made of the deal."""

    handover_id: str
    account_id: str
    contact_id: str
    opportunity_id: str
