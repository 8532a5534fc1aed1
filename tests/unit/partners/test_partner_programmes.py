"""Partner programmes: tiers that rise, and an end (PRM-1)."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.errors import Invalid, Refused
from chassis.money import Money
from services.partners.partner_programmes.domain import (
    PartnerProgramme,
    PartnerProgrammeCreated,
    PartnerProgrammeRetired,
    PartnerProgrammeState,
    PartnerProgrammeTier,
)
from services.partners.partners.domain import PartnerTier

SILVER, GOLD = PartnerTier.SILVER, PartnerTier.GOLD


def tier(
    of: PartnerTier, euros: int = 0, currency: str = "EUR", **asks: Any
) -> PartnerProgrammeTier:
    return PartnerProgrammeTier(of, Money(euros * 100, currency), **asks)


def programme(*tiers: PartnerProgrammeTier) -> PartnerProgramme:
    return PartnerProgramme("pprog_na_1", "Cloud partners", tiers)


def test_tiers_rise() -> None:
    laid = programme(tier(SILVER, 100, won_deals=1), tier(GOLD, 100, won_deals=3))
    assert laid.lay_down() == PartnerProgrammeCreated("pprog_na_1")


@pytest.mark.parametrize(
    ("tiers", "reason", "field"),
    [
        ((tier(GOLD), tier(SILVER)), "TIERS_UNORDERED", "tiers[1].tier"),
        ((tier(GOLD), tier(GOLD)), "TIERS_UNORDERED", "tiers[1].tier"),
        ((tier(SILVER, 2), tier(GOLD, 1)), "TIER_ASKS_LESS", "tiers[1]"),
        ((tier(SILVER, won_deals=2), tier(GOLD, 9)), "TIER_ASKS_LESS", "tiers[1]"),
        ((tier(SILVER, certified_people=1), tier(GOLD, 9)), "TIER_ASKS_LESS", "tiers[1]"),
        ((tier(SILVER), tier(GOLD, 1, "CNY")), "TIER_CURRENCIES_DIFFER", "tiers[1].won_amount.currency"),
        ((tier(SILVER, 1, "XYZ"),), "CURRENCY_UNKNOWN", "tiers[0].won_amount.currency"),
    ],
)  # fmt: skip
def test_tiers_that_do_not_rise_are_named(
    tiers: tuple[PartnerProgrammeTier, ...], reason: str, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        programme(*tiers).lay_down()
    [violation] = refusal.value.violations
    assert (violation.reason, violation.field) == (reason, f"partner_programme.{field}")


def test_a_retired_programme_stays_as_it_is() -> None:
    laid = programme(tier(SILVER))
    assert laid.retire() == PartnerProgrammeRetired("pprog_na_1")
    assert laid.state is PartnerProgrammeState.RETIRED
    for again in (laid.retire, lambda: laid.revise({"name": "Other"})):
        with pytest.raises(Refused) as refusal:
            again()
        assert refusal.value.reason == "PARTNER_PROGRAMME_RETIRED"
    assert laid.name == "Cloud partners"
