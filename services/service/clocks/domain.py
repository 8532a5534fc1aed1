"""SLA clocks: the measurement of one promise, as segments that are only ever added (SVC-2).

A clock is computed from its segments alone: elapsed time, due time and the moments of the
escalation steps follow from when it ran, with which target, in whose working hours. Nothing that
can be computed is stored as truth, so a due time can be recomputed and explained at any later time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.service.calendars.domain import Calendar, add_working_time, working_time_between
from services.service.sla_policies.domain import ClockKind, EscalationStep

# Calendars by id; every calendar that a segment names is in it.
Calendars = Mapping[str, Calendar]


class ClockPhase(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


class SegmentReason(StrEnum):
    CASE_CREATED = "case_created"
    REPLIED = "replied"
    PENDING_CUSTOMER = "pending_customer"
    PENDING_VENDOR = "pending_vendor"
    PENDING_PART = "pending_part"
    PENDING_INTERNAL = "pending_internal"
    RESUMED = "resumed"
    RETARGETED = "retargeted"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    MERGED = "merged"


@dataclass(frozen=True)
class Terms:
    """What is promised: working minutes, by which policy, in which calendar's hours."""

    target_minutes: int
    sla_policy_id: str
    calendar_id: str

    @property
    def target(self) -> timedelta:
        """The promise as working time."""
        return timedelta(minutes=self.target_minutes)


@dataclass(frozen=True)
class Segment:
    """From start_time until the next segment begins the clock was in this phase, on these terms."""

    phase: ClockPhase
    reason: SegmentReason
    start_time: datetime
    terms: Terms


@dataclass(frozen=True)
class Escalation:
    """An escalation step that fired."""

    at_percent: int
    action: str
    role: str
    team_id: str
    fire_time: datetime


@dataclass(frozen=True)
class CaseEscalated:
    case_id: str
    clock_id: str
    clock_kind: str
    at_percent: int
    action: str
    role: str
    team_id: str
    fire_time: datetime


@dataclass(frozen=True)
class CaseBreached:
    case_id: str
    clock_id: str
    clock_kind: str
    breach_time: datetime


@dataclass
class Clock:
    """One promise of one case. round counts clocks of the same kind, from 1."""

    id: str
    case_id: str
    kind: ClockKind
    round: int
    segments: list[Segment] = field(default_factory=list)
    escalations: list[Escalation] = field(default_factory=list)
    breach_time: datetime | None = None

    @classmethod
    def start(
        cls,
        id: str,
        case_id: str,
        kind: ClockKind,
        round: int,
        terms: Terms,
        reason: SegmentReason,
        at: datetime,
    ) -> Clock:
        """A clock that runs from `at` on."""
        return cls(id, case_id, kind, round, [Segment(ClockPhase.RUNNING, reason, at, terms)])

    @property
    def phase(self) -> ClockPhase:
        """What it does now."""
        return self.segments[-1].phase

    @property
    def terms(self) -> Terms:
        """What is promised now."""
        return self.segments[-1].terms

    def pause(
        self, reason: SegmentReason, at: datetime, calendars: Calendars
    ) -> CaseBreached | None:
        """Stand still. Does nothing unless it runs; the breach, if nobody noticed it before."""
        if self.phase is not ClockPhase.RUNNING:
            return None
        breached = self.breach(at, calendars)
        self._add(ClockPhase.PAUSED, reason, at)
        return breached

    def resume(self, at: datetime) -> None:
        """Go on. Does nothing unless it is paused."""
        if self.phase is ClockPhase.PAUSED:
            self._add(ClockPhase.RUNNING, SegmentReason.RESUMED, at)

    def retarget(self, terms: Terms, at: datetime, calendars: Calendars) -> CaseBreached | None:
        """Go on with another promise, keeping the time already used. Does nothing once stopped."""
        if self.phase is ClockPhase.STOPPED or terms == self.terms:
            return None
        breached = self.breach(at, calendars)
        self._add(self.phase, SegmentReason.RETARGETED, at, terms)
        return breached

    def stop(
        self, reason: SegmentReason, at: datetime, calendars: Calendars
    ) -> CaseBreached | None:
        """End the measurement; the breach, if nobody noticed it before. Nothing if it has ended."""
        if self.phase is ClockPhase.STOPPED:
            return None
        breached = self.breach(at, calendars)
        self._add(ClockPhase.STOPPED, reason, at)
        return breached

    def breach(self, at: datetime, calendars: Calendars) -> CaseBreached | None:
        """Note, once, that the due time has passed; the due time is the breach time."""
        due = self.moment_of(100, calendars)
        if self.breach_time is not None or due is None or at <= due:
            return None
        self.breach_time = due
        return CaseBreached(self.case_id, self.id, self.kind, due)

    def escalate(
        self, steps: Sequence[EscalationStep], at: datetime, calendars: Calendars
    ) -> list[tuple[EscalationStep, CaseEscalated]]:
        """Fire the steps whose moment has come, each once in the life of the clock."""
        fired = []
        for step in self._waiting(steps):
            moment = self.moment_of(step.at_percent, calendars)
            if moment is not None and moment <= at:
                self.escalations.append(
                    Escalation(step.at_percent, step.action, step.role, step.team_id, at)
                )
                fired.append((step, self._escalated(step, at)))
        return fired

    def elapsed(self, at: datetime, calendars: Calendars) -> timedelta:
        """Working time used up to `at`."""
        return sum(self.worked(at, calendars), timedelta())

    def worked(self, at: datetime, calendars: Calendars) -> list[timedelta]:
        """The working time of each segment up to `at`; zero unless it was running."""
        ends = [segment.start_time for segment in self.segments[1:]] + [at]
        return [
            working_time_between(
                calendars[segment.terms.calendar_id], segment.start_time, min(end, at)
            )
            if segment.phase is ClockPhase.RUNNING
            else timedelta()
            for segment, end in zip(self.segments, ends, strict=True)
        ]

    def moment_of(self, percent: int, calendars: Calendars) -> datetime | None:
        """When this share of the target is, or was, used up; None while it stands still.

        It is told by the segment that lasts, so a share that was used up before it began falls on
        its beginning.
        """
        last = self.segments[-1]
        if last.phase is not ClockPhase.RUNNING:
            return None
        left = last.terms.target * percent / 100 - self.elapsed(last.start_time, calendars)
        return add_working_time(calendars[last.terms.calendar_id], last.start_time, left)

    def next_check_time(
        self, steps: Sequence[EscalationStep], calendars: Calendars
    ) -> datetime | None:
        """When there is next something to do: a step to fire or a breach to note; None if never."""
        percents = [step.at_percent for step in self._waiting(steps)]
        if self.breach_time is None:
            percents.append(100)
        return self.moment_of(min(percents), calendars) if percents else None

    def _waiting(self, steps: Sequence[EscalationStep]) -> list[EscalationStep]:
        fired = {
            (done.at_percent, done.action, done.role, done.team_id) for done in self.escalations
        }
        return [
            step
            for step in steps
            if (step.at_percent, step.action, step.role, step.team_id) not in fired
        ]

    def _add(
        self, phase: ClockPhase, reason: SegmentReason, at: datetime, terms: Terms | None = None
    ) -> None:
        # Two processes' clocks may differ a little; segments never overlap for that.
        begin = max(at, self.segments[-1].start_time)
        self.segments.append(Segment(phase, reason, begin, terms or self.terms))

    def _escalated(self, step: EscalationStep, at: datetime) -> CaseEscalated:
        return CaseEscalated(
            self.case_id,
            self.id,
            self.kind,
            step.at_percent,
            step.action,
            step.role,
            step.team_id,
            at,
        )
