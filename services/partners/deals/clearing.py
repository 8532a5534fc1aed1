"""A deal and the other regions: asking whether one of theirs stands in the way (PRM-4, PLT-4).

    under_review → clearing → approved | conflicted        conflicted → under_review

In the hub an approval is decided at once, and there is no `clearing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chassis import identifiers
from chassis.match_keys import MatchHash, MatchKeys
from services.partners.clearances.domain import DealClearanceReleased, DealClearanceRequested
from services.partners.deals.customer import DealCustomer, normal_name, normal_product_line

#: In the place of the names of keys: there were none when the clearance was needed.
NO_KEYS = "-"


@dataclass(kw_only=True)
class Clearing:
    """What a deal remembers of its clearances."""

    clearing_time: datetime | None = None
    """Since when the hub has been asked, while it has not answered."""
    clearance_ask_time: datetime | None = None
    """When the hub was asked last."""
    clearance_number: int = 0
    """How many clearances were asked for."""
    clearance_keys: str = ""
    """Under which keys the hashes of the present clearance were made; empty if there is none, NO_KEYS
    if it is still to be asked for."""
    protection_days: int = 0
    """For how long the deal is to be protected once it is cleared; 0 means the usual time."""

    def ask_anew(self) -> None:
        """Begin another clearance."""
        self.clearance_number += 1

    def note_asked(self, key_ids: str, *, at: datetime) -> None:
        """Note that the hub was asked with hashes under these keys."""
        self.clearance_keys, self.clearance_ask_time = key_ids or NO_KEYS, at

    def lose_clearance(self) -> None:
        """Note that the hub has refused the present clearance."""
        self.clearance_keys, self.clearing_time = "", None

    def end_clearance(self, deal_id: str) -> DealClearanceReleased | None:
        """Give the present clearance back; None if the hub does not know of one."""
        asked = self.clearance_keys not in ("", NO_KEYS)
        self.clearance_keys, self.clearing_time = "", None
        return DealClearanceReleased(deal_id, self.clearance_number) if asked else None


def request_of(
    deal_id: str, number: int, product_line: str, customer: DealCustomer, keys: MatchKeys
) -> DealClearanceRequested:
    """What the hub is asked about a clearance of a deal."""
    return DealClearanceRequested(
        deal_id, number, normal_product_line(product_line), tuple(customer_hashes(customer, keys))
    )


def customer_hashes(customer: DealCustomer, keys: MatchKeys) -> list[MatchHash]:
    """The keyed hashes by which the customer of a deal is compared with those of other regions.

    A tax id has the same hash here as in the other services, whose normal forms are the same.
    """
    name = normal_name(customer.name)
    forms = {
        "tax_id": identifiers.issued_number(customer.country, customer.tax_id),
        "email_domain": identifiers.domain(customer.email_domain),
        "name": f"{name}@{customer.country}" if name else "",
    }
    return [found for kind, form in forms.items() if form for found in keys.hashes(kind, form)]
