"""What is true of an activity: a task, meeting or call, when it is due, when to remind (SAL-9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import available_timezones

from chassis.errors import Invalid, Refused
from services.sales.ownership import Owned


class ActivityKind(StrEnum):
    """What kind of work it is."""

    TASK = "task"
    MEETING = "meeting"
    CALL = "call"


class ActivityPriority(StrEnum):
    """How urgent it is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class ActivityState(StrEnum):
    """Whether it is still to be done."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Participant:
    """Somebody who takes part."""

    participant_id: str
    optional: bool = False


@dataclass(frozen=True)
class ActivityDue:
    """It is time to remind somebody of an open activity."""

    activity_id: str
    owner_id: str
    subject_id: str
    due_time: datetime


@dataclass
class Activity(Owned):
    """A task, a meeting or a call, about any record or about none."""

    id: str
    kind: ActivityKind = ActivityKind.TASK
    title: str = ""
    description: str = ""
    subject_id: str = ""
    priority: ActivityPriority = ActivityPriority.NORMAL
    due_time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    time_zone: str = ""
    location: str = ""
    participants: tuple[Participant, ...] = ()
    reminder_minutes: int | None = None
    state: ActivityState = ActivityState.OPEN
    outcome: str = ""
    close_time: datetime | None = None
    reminder_time: datetime | None = None
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def plan(self) -> None:
        """Check what was typed and set the reminder.

        Errors: Invalid with TIME_ZONE_UNKNOWN, START_REQUIRED, END_BEFORE_START,
        REMINDER_WITHOUT_DUE_TIME or PARTICIPANT_REPEATED.
        """
        self._settle()
        self.reminder_time = self._reminder()

    def revise(self, changes: dict[str, Any]) -> None:
        """Change fields by name; a reminder whose time changes will come (again).

        Errors: as plan; Refused(ACTIVITY_CLOSED).
        """
        self._require_open()
        before = self._reminder()
        for name, value in changes.items():
            setattr(self, name, value)
        self._settle()
        if self._reminder() != before:
            self.reminder_time = self._reminder()

    def assign(self, owner_id: str, team_id: str = "", business_unit_id: str = "") -> None:
        """Give it to somebody; an empty team or unit stays as it is. Refused(ACTIVITY_CLOSED)."""
        self._require_open()
        super().assign(owner_id, team_id, business_unit_id)

    def complete(self, outcome: str, at: datetime) -> None:
        """It is done. Refused(ACTIVITY_CLOSED)."""
        self._close(ActivityState.DONE, outcome, at)

    def cancel(self, reason: str, at: datetime) -> None:
        """It will not take place. Refused(ACTIVITY_CLOSED)."""
        self._close(ActivityState.CANCELLED, reason, at)

    def reopen(self, at: datetime) -> None:
        """Take it up again; a reminder still ahead will come. Refused(ACTIVITY_OPEN)."""
        if self.state is ActivityState.OPEN:
            raise Refused("ACTIVITY_OPEN")
        self.state, self.outcome, self.close_time = ActivityState.OPEN, "", None
        reminder = self._reminder()
        self.reminder_time = reminder if reminder and reminder > at else None

    def remind(self) -> ActivityDue:
        """The reminder is due: announce it, once."""
        if self.due_time is None or self.reminder_time is None:
            raise ValueError(f"{self.id} has no reminder to give")
        self.reminder_time = None
        return ActivityDue(self.id, self.owner_id, self.subject_id, self.due_time)

    def _reminder(self) -> datetime | None:
        if self.due_time is None or self.reminder_minutes is None:
            return None
        return self.due_time - timedelta(minutes=self.reminder_minutes)

    def _close(self, state: ActivityState, outcome: str, at: datetime) -> None:
        self._require_open()
        self.state, self.outcome, self.close_time = state, outcome, at
        self.reminder_time = None

    def _require_open(self) -> None:
        if self.state is not ActivityState.OPEN:
            raise Refused("ACTIVITY_CLOSED", state=self.state)

    def _settle(self) -> None:
        self.priority = self.priority or ActivityPriority.NORMAL
        if self.time_zone and self.time_zone not in available_timezones():
            raise Invalid("TIME_ZONE_UNKNOWN", field="activity.time_zone")
        self._check_times()
        seen: set[str] = set()
        for position, participant in enumerate(self.participants):
            if participant.participant_id in seen:
                path = f"activity.participants[{position}].participant_id"
                raise Invalid("PARTICIPANT_REPEATED", field=path)
            seen.add(participant.participant_id)

    def _check_times(self) -> None:
        if self.start_time is None and (self.kind is ActivityKind.MEETING or self.end_time):
            raise Invalid("START_REQUIRED", field="activity.start_time")
        if self.start_time and self.end_time and self.end_time < self.start_time:
            raise Invalid("END_BEFORE_START", field="activity.end_time")
        self.due_time = self.due_time or self.start_time
        if self.reminder_minutes is not None and self.due_time is None:
            raise Invalid("REMINDER_WITHOUT_DUE_TIME", field="activity.reminder_minutes")
