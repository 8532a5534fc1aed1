"""Partner programmes: tiers, what each asks of a partner, and what it gives (PRM-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any

from chassis.errors import Invalid, Refused
from chassis.money import Money
from services.partners.currencies import require_known_currency
from services.partners.partners.domain import PartnerTier

_RANKS = list(PartnerTier)


class PartnerProgrammeState(StrEnum):
    """Whether partners can still join."""

    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True)
class PartnerProgrammeCreated:
    """A programme was laid down."""

    partner_programme_id: str


@dataclass(frozen=True)
class PartnerProgrammeRetired:
    """No more partners join."""

    partner_programme_id: str


@dataclass(frozen=True)
class PartnerProgrammeTier:
    """What a partner must reach within twelve months for a tier, and what it is then given.

    commission_rate_bp is in basis points.
    """

    tier: PartnerTier
    won_amount: Money
    won_deals: int = 0
    certified_people: int = 0
    commission_rate_bp: int = 0
    benefits: str = ""
    benefits_zh: str = ""

    def asks_less_than(self, lower: PartnerProgrammeTier) -> bool:
        """Whether it is easier in some respect than a lower tier."""
        return (
            self.won_amount < lower.won_amount
            or self.won_deals < lower.won_deals
            or self.certified_people < lower.certified_people
        )


@dataclass
class PartnerProgramme:
    """A programme; its tiers go from the lowest to the highest."""

    id: str
    name: str
    tiers: tuple[PartnerProgrammeTier, ...]
    name_zh: str = ""
    description: str = ""
    state: PartnerProgrammeState = PartnerProgrammeState.ACTIVE
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def lay_down(self) -> PartnerProgrammeCreated:
        """Begin it. Invalid as check_tiers."""
        check_tiers(self.tiers)
        return PartnerProgrammeCreated(self.id)

    def revise(self, changes: dict[str, Any]) -> None:
        """Change fields by name. Refused(PARTNER_PROGRAMME_RETIRED); Invalid as check_tiers."""
        self._require_active()
        for name, value in changes.items():
            setattr(self, name, value)
        check_tiers(self.tiers)

    def retire(self) -> PartnerProgrammeRetired:
        """Let no more partners join. Refused(PARTNER_PROGRAMME_RETIRED)."""
        self._require_active()
        self.state = PartnerProgrammeState.RETIRED
        return PartnerProgrammeRetired(self.id)

    def _require_active(self) -> None:
        if self.state is PartnerProgrammeState.RETIRED:
            raise Refused("PARTNER_PROGRAMME_RETIRED")


def check_tiers(tiers: tuple[PartnerProgrammeTier, ...]) -> None:
    """Each tier is higher than the one before and asks no less, all in one currency.

    Invalid(CURRENCY_UNKNOWN, TIER_CURRENCIES_DIFFER, TIERS_UNORDERED, TIER_ASKS_LESS) names the tier.
    """
    for index, tier in enumerate(tiers):
        path = f"partner_programme.tiers[{index}]"
        require_known_currency(tier.won_amount.currency, field=f"{path}.won_amount.currency")
        if tier.won_amount.currency != tiers[0].won_amount.currency:
            field = f"{path}.won_amount.currency"
            expected = tiers[0].won_amount.currency
            raise Invalid("TIER_CURRENCIES_DIFFER", field=field, expected=expected)
    for index, (lower, higher) in enumerate(pairwise(tiers), start=1):
        path = f"partner_programme.tiers[{index}]"
        if _RANKS.index(higher.tier) <= _RANKS.index(lower.tier):
            raise Invalid("TIERS_UNORDERED", field=f"{path}.tier", before=lower.tier)
        if higher.asks_less_than(lower):
            raise Invalid("TIER_ASKS_LESS", field=path, before=lower.tier)
