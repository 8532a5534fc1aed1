"""All clocks of one case, moved together by what happens to the case (SVC-2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from services.service.clocks.domain import (
    Calendars,
    CaseBreached,
    CaseEscalated,
    Clock,
    ClockPhase,
    SegmentReason,
    Terms,
)
from services.service.sla_policies.domain import ClockKind, EscalationStep, SlaPolicy

Breaches = list[CaseBreached]


@dataclass
class Promises:
    """The clocks of a case and what they are computed with. policy is None if none was in force.

    `new_id` makes the id of a clock that starts.
    """

    case_id: str
    policy: SlaPolicy | None
    calendars: Calendars
    new_id: Callable[[], str]
    clocks: list[Clock] = field(default_factory=list)

    def case_created(self, priority: str, at: datetime) -> None:
        """Start to measure first response and resolution."""
        self._start(ClockKind.FIRST_RESPONSE, priority, SegmentReason.CASE_CREATED, at)
        self._start(ClockKind.RESOLUTION, priority, SegmentReason.CASE_CREATED, at)

    def customer_answered(self, priority: str, at: datetime) -> Breaches:
        """First response and running update are met; the next update is promised."""
        answered = self._going(ClockKind.FIRST_RESPONSE, ClockKind.UPDATE)
        breaches = self._stop(answered, SegmentReason.REPLIED, at)
        self._start(ClockKind.UPDATE, priority, SegmentReason.REPLIED, at)
        return breaches

    def case_held(self, pending_reason: str, at: datetime) -> Breaches:
        """Stand still, if the policy says so for this reason."""
        if self.policy is None or pending_reason not in self.policy.pausing_reasons:
            return []
        reason = SegmentReason(f"pending_{pending_reason}")
        return _noted(clock.pause(reason, at, self.calendars) for clock in self.clocks)

    def case_resumed(self, at: datetime) -> None:
        """Go on where it stood still."""
        for clock in self.clocks:
            clock.resume(at)

    def case_resolved(self, at: datetime) -> Breaches:
        """Nothing is owed any more."""
        return self._stop(self.clocks, SegmentReason.RESOLVED, at)

    def case_merged(self, at: datetime) -> Breaches:
        """The other case's clocks go on; these end."""
        return self._stop(self.clocks, SegmentReason.MERGED, at)

    def case_reopened(self, priority: str, at: datetime) -> None:
        """Resolution and update are owed anew, with the whole target."""
        self._start(ClockKind.RESOLUTION, priority, SegmentReason.REOPENED, at)
        self._start(ClockKind.UPDATE, priority, SegmentReason.REOPENED, at)

    def retargeted(self, priority: str, at: datetime) -> Breaches:
        """Go on with what the policy promises now; a kind without a promise keeps its old one."""
        terms = {kind: self._terms(kind, priority) for kind in ClockKind}
        return _noted(
            clock.retarget(terms[clock.kind] or clock.terms, at, self.calendars)
            for clock in self.clocks
        )

    def due(self, at: datetime) -> tuple[Breaches, list[tuple[EscalationStep, CaseEscalated]]]:
        """Everything whose moment has come: breaches noted, steps fired, each once."""
        breaches = _noted(clock.breach(at, self.calendars) for clock in self.clocks)
        escalated = [
            fired
            for clock in self.clocks
            for fired in clock.escalate(self.steps(clock), at, self.calendars)
        ]
        return breaches, escalated

    def steps(self, clock: Clock) -> tuple[EscalationStep, ...]:
        """The escalation steps of a clock, earliest first."""
        return self.policy.steps(clock.kind) if self.policy else ()

    @property
    def due_time(self) -> datetime | None:
        """The next promise that falls due; None while no clock runs."""
        moments = (clock.moment_of(100, self.calendars) for clock in self.clocks)
        return min((moment for moment in moments if moment), default=None)

    @property
    def breached(self) -> bool:
        """Whether one promise was not kept."""
        return any(clock.breach_time for clock in self.clocks)

    def _going(self, *kinds: ClockKind) -> list[Clock]:
        return [
            clock
            for clock in self.clocks
            if clock.kind in kinds and clock.phase is not ClockPhase.STOPPED
        ]

    def _stop(self, clocks: Iterable[Clock], reason: SegmentReason, at: datetime) -> Breaches:
        return _noted(clock.stop(reason, at, self.calendars) for clock in clocks)

    def _start(self, kind: ClockKind, priority: str, reason: SegmentReason, at: datetime) -> None:
        terms = self._terms(kind, priority)
        if terms and not self._going(kind):
            round = 1 + sum(clock.kind is kind for clock in self.clocks)
            clock = Clock.start(self.new_id(), self.case_id, kind, round, terms, reason, at)
            self.clocks.append(clock)

    def _terms(self, kind: ClockKind, priority: str) -> Terms | None:
        if self.policy is None:
            return None
        minutes = self.policy.target_minutes(kind, priority)
        return Terms(minutes, self.policy.id, self.policy.calendar_id) if minutes else None


def _noted(breaches: Iterable[CaseBreached | None]) -> Breaches:
    return [breach for breach in breaches if breach]
