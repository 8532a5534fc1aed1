"""The stages that an opportunity has been at, and for how long (SAL-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.sales.pipelines.domain import GlobalStage


@dataclass(frozen=True)
class StageVisit:
    """A time that an opportunity spent at a stage; it is still there while leave_time is None."""

    opportunity_id: str
    position: int
    stage: str
    global_stage: GlobalStage
    enter_time: datetime
    moved_by_id: str
    reason: str = ""
    leave_time: datetime | None = None

    def seconds(self, now: datetime) -> int:
        """How long it lasted, or has lasted until now."""
        return seconds_between(self.enter_time, self.leave_time or now)


def seconds_between(start: datetime, end: datetime) -> int:
    """Whole seconds from one time to another."""
    return int((end - start).total_seconds())
