"""What is true of a touchpoint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chassis.errors import Invalid


class TouchpointKind(StrEnum):
    """How a campaign reached a lead."""

    CAPTURE = "capture"
    EMAIL = "email"
    CALL = "call"
    EVENT = "event"
    WEB = "web"
    OTHER = "other"


@dataclass(frozen=True)
class Touchpoint:
    """A moment at which a campaign reached a lead."""

    id: str
    lead_id: str
    campaign_id: str
    kind: TouchpointKind
    occur_time: datetime
    create_time: datetime

    def __post_init__(self) -> None:
        if self.occur_time > self.create_time:
            raise Invalid("TOUCHPOINT_IN_FUTURE", field="touchpoint.occur_time")
