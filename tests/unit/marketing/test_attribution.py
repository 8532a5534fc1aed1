"""Who gets the credit for won revenue (MKT-8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chassis.money import Money
from services.marketing.attribution.domain import AttributionModel, attribute
from services.marketing.touchpoints.domain import Touchpoint, TouchpointKind

WON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def touches(campaigns: list[str]) -> list[Touchpoint]:
    return [
        Touchpoint(
            f"touch_{day}",
            "lead_1",
            campaign,
            TouchpointKind.EMAIL,
            WON - timedelta(100 - day),
            WON,
        )
        for day, campaign in enumerate(campaigns)
    ]


def credits(campaigns: list[str], origin: str = "") -> dict[AttributionModel, tuple[str, Money]]:
    found = attribute(
        opportunity_id="opp_1",
        lead_id="lead_1",
        campaign_id=origin,
        amount=Money(999, "EUR"),
        close_time=WON,
        touchpoints=touches(campaigns),
    )
    return {each.model: (each.campaign_id, each.amount) for each in found}


def test_the_first_and_the_last_touch_get_all_of_it() -> None:
    assert credits(["a", "b", "c"]) == {
        AttributionModel.FIRST_TOUCH: ("a", Money(999, "EUR")),
        AttributionModel.LAST_TOUCH: ("c", Money(999, "EUR")),
    }


def test_without_touches_the_campaign_that_sales_knows_of_counts() -> None:
    assert {campaign for campaign, _ in credits([], "camp_1").values()} == {"camp_1"}
    assert {campaign for campaign, _ in credits([]).values()} == {""}


@given(st.lists(st.sampled_from("abc")), st.sampled_from(["", "z"]))
def test_each_models_credits_sum_to_the_revenue(campaigns: list[str], origin: str) -> None:
    assert {model: amount for model, (_, amount) in credits(campaigns, origin).items()} == {
        model: Money(999, "EUR") for model in AttributionModel
    }
