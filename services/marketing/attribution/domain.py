"""Who gets the credit: first and last touch (MKT-8). Pure Python.

For each model the credits of one opportunity sum to its revenue, to the cent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chassis.money import Money
from services.marketing.touchpoints.domain import Touchpoint


class AttributionModel(StrEnum):
    """Which touch gets the credit."""

    FIRST_TOUCH = "first_touch"
    LAST_TOUCH = "last_touch"


@dataclass(frozen=True)
class Attribution:
    """The revenue of an opportunity, credited by one model; an empty campaign_id is nobody's."""

    id: str
    opportunity_id: str
    model: AttributionModel
    campaign_id: str
    lead_id: str
    amount: Money
    close_time: datetime


def attribute(
    *,
    opportunity_id: str,
    lead_id: str,
    campaign_id: str,
    amount: Money,
    close_time: datetime,
    touchpoints: Sequence[Touchpoint],
) -> list[Attribution]:
    """The credits of a won opportunity. touchpoints: those before close_time, the earliest first.

    campaign_id is what sales knows of its origin; it counts where no touchpoint is known.
    """
    first = touchpoints[0].campaign_id if touchpoints else campaign_id
    last = touchpoints[-1].campaign_id if touchpoints else campaign_id
    credited = {AttributionModel.FIRST_TOUCH: first, AttributionModel.LAST_TOUCH: last}
    return [
        Attribution(
            f"{opportunity_id}:{model}",
            opportunity_id,
            model,
            campaign,
            lead_id,
            amount,
            close_time,
        )
        for model, campaign in credited.items()
    ]
