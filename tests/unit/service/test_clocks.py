"""SLA clocks: exact due times by hand, and what must hold for any history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.service.calendars.domain import Calendar, Weekday, WeekdayHours, Window
from services.service.clocks.domain import Clock, ClockPhase, SegmentReason, Terms
from services.service.clocks.promises import Promises
from services.service.sla_policies.domain import (
    ClockKind,
    EntitlementKind,
    EscalationAction,
    EscalationStep,
    SlaPolicy,
    SlaTarget,
)

OFFICE = Calendar(
    "cal_office",
    "Office",
    "UTC",
    weekdays=tuple(WeekdayHours(day, (Window("09:00", "17:00"),)) for day in list(Weekday)[:5]),
)
ALWAYS = Calendar("cal_always", "Always", "UTC", round_the_clock=True)
CALENDARS = {calendar.id: calendar for calendar in (OFFICE, ALWAYS)}
STEPS = (
    EscalationStep(ClockKind.RESOLUTION, 50, EscalationAction.NOTIFY_ROLE, role="supervisor"),
    EscalationStep(ClockKind.RESOLUTION, 80, EscalationAction.RAISE_PRIORITY),
    EscalationStep(ClockKind.RESOLUTION, 120, EscalationAction.REASSIGN_TEAM, team_id="team_b"),
)
POLICY = SlaPolicy(
    "slap_1",
    "Office hours",
    EntitlementKind.DEFAULT,
    "cal_office",
    (SlaTarget("normal", 60, 480, 960), SlaTarget("high", 30, 240, 480)),
    STEPS,
    ("customer", "part"),
)


def monday(hour: int, minute: int = 0, week: int = 0) -> datetime:
    return datetime(2026, 11, 23, hour, minute, tzinfo=UTC) + timedelta(weeks=week)


def promises(policy: SlaPolicy | None = POLICY) -> Promises:
    numbers = iter(range(1, 1000))
    return Promises("case_1", policy, CALENDARS, lambda: f"clk_{next(numbers)}")


def clock(kind: ClockKind, of: Promises) -> Clock:
    return [clock for clock in of.clocks if clock.kind is kind][-1]


def test_due_times_follow_working_hours() -> None:
    kept = promises()
    kept.case_created("normal", monday(16, 30))
    first = clock(ClockKind.FIRST_RESPONSE, kept)
    resolution = clock(ClockKind.RESOLUTION, kept)
    assert first.moment_of(100, CALENDARS) == monday(9, 30) + timedelta(days=1)
    assert resolution.moment_of(100, CALENDARS) == monday(16, 30) + timedelta(days=2)
    assert kept.due_time == monday(9, 30) + timedelta(days=1)


def test_waiting_for_the_customer_moves_the_due_time_and_waiting_inside_does_not() -> None:
    kept = promises()
    kept.case_created("normal", monday(9))
    resolution = clock(ClockKind.RESOLUTION, kept)
    due = resolution.moment_of(100, CALENDARS)
    kept.case_held("internal", monday(10))
    assert resolution.moment_of(100, CALENDARS) == due
    kept.case_held("customer", monday(10))
    assert resolution.moment_of(100, CALENDARS) is None
    assert kept.due_time is None
    kept.case_resumed(monday(13))
    assert resolution.moment_of(100, CALENDARS) == monday(12) + timedelta(days=2)
    assert resolution.elapsed(monday(14), CALENDARS) == timedelta(hours=2)
    assert [segment.reason for segment in resolution.segments] == [
        SegmentReason.CASE_CREATED,
        SegmentReason.PENDING_CUSTOMER,
        SegmentReason.RESUMED,
    ]


def test_a_reply_in_time_keeps_the_promise_and_makes_the_next() -> None:
    kept = promises()
    kept.case_created("normal", monday(9))
    assert kept.customer_answered("normal", monday(10)) == []
    assert clock(ClockKind.FIRST_RESPONSE, kept).phase is ClockPhase.STOPPED
    assert clock(ClockKind.UPDATE, kept).moment_of(100, CALENDARS) == monday(10) + timedelta(days=1)
    assert kept.customer_answered("normal", monday(12)) == []
    update = clock(ClockKind.UPDATE, kept)
    assert (update.round, update.phase) == (2, ClockPhase.RUNNING)
    assert not kept.breached


def test_a_late_reply_is_a_breach_at_the_due_time_also_outside_working_hours() -> None:
    kept = promises()
    kept.case_created("normal", monday(16))
    [breach] = kept.customer_answered("normal", monday(17, 1))
    assert (breach.clock_kind, breach.breach_time) == ("first_response", monday(17))
    assert kept.breached


def test_another_priority_keeps_the_time_already_used() -> None:
    kept = promises()
    kept.case_created("normal", monday(9))
    [breach] = kept.retargeted("high", monday(11))
    assert (breach.clock_kind, breach.breach_time) == ("first_response", monday(10))
    resolution = clock(ClockKind.RESOLUTION, kept)
    assert resolution.terms == Terms(480, "slap_1", "cal_office")
    assert resolution.moment_of(100, CALENDARS) == monday(17)


def test_steps_fire_once_each_in_order() -> None:
    kept = promises()
    kept.case_created("normal", monday(9))
    at_half = monday(17)
    assert [event.at_percent for _, event in kept.due(at_half)[1]] == [50]
    assert kept.due(at_half)[1] == []
    breaches, fired = kept.due(monday(17, week=1))
    assert [event.at_percent for _, event in fired] == [80, 120]
    assert [breach.clock_kind for breach in breaches] == ["resolution"]
    assert kept.due(monday(18, week=1)) == ([], [])


def test_nothing_is_checked_while_it_stands_still_or_when_all_has_happened() -> None:
    kept = promises()
    kept.case_created("normal", monday(9))
    resolution = clock(ClockKind.RESOLUTION, kept)
    assert resolution.next_check_time(STEPS, CALENDARS) == monday(17)
    kept.case_held("part", monday(10))
    assert resolution.next_check_time(STEPS, CALENDARS) is None
    kept.case_resumed(monday(10))
    kept.due(monday(9, week=3))
    assert resolution.next_check_time(STEPS, CALENDARS) is None


def test_reopening_promises_the_whole_target_again() -> None:
    kept = promises()
    kept.case_created("normal", monday(9))
    kept.case_resolved(monday(12))
    kept.case_reopened("normal", monday(9, week=1))
    resolution = clock(ClockKind.RESOLUTION, kept)
    assert resolution.round == 2
    assert resolution.moment_of(100, CALENDARS) == monday(17, week=1) + timedelta(days=1)


def test_without_a_policy_nothing_is_promised() -> None:
    kept = promises(None)
    kept.case_created("normal", monday(9))
    assert kept.customer_answered("normal", monday(10)) == []
    assert (kept.clocks, kept.due_time, kept.breached) == ([], None, False)


moves = st.lists(
    st.tuples(
        st.sampled_from(
            ["hold", "resume", "answer", "high", "normal", "tick", "resolve", "reopen"]
        ),
        st.integers(0, 5000),
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=100)
@given(moves)
def test_any_history_only_adds_segments_and_notes_each_thing_once(
    history: list[tuple[str, int]],
) -> None:
    kept, now = promises(), monday(9)
    kept.case_created("normal", now)
    breached: list[str] = []
    fired: list[tuple[str, int]] = []
    for move, minutes in history:
        before = {clock.id: list(clock.segments) for clock in kept.clocks}
        now += timedelta(minutes=minutes)
        breached += [event.clock_id for event in _apply(kept, move, now)]
        if move == "tick":
            breaches, steps = kept.due(now)
            breached += [event.clock_id for event in breaches]
            fired += [(event.clock_id, event.at_percent) for _, event in steps]
        for clock in kept.clocks:
            old = before.get(clock.id, [])
            assert clock.segments[: len(old)] == old
            starts = [segment.start_time for segment in clock.segments]
            assert starts == sorted(starts)
            assert clock.elapsed(now, CALENDARS) <= now - starts[0]
    assert len(set(breached)) == len(breached)
    assert len(set(fired)) == len(fired)
    assert {clock.id for clock in kept.clocks if clock.breach_time} == set(breached)


def _apply(kept: Promises, move: str, now: datetime) -> list:  # type: ignore[type-arg]
    if move == "hold":
        return kept.case_held("customer", now)
    if move == "answer":
        return kept.customer_answered("normal", now)
    if move in ("high", "normal"):
        return kept.retargeted(move, now)
    if move == "resolve":
        return kept.case_resolved(now)
    if move == "reopen":
        kept.case_reopened("normal", now)
    if move == "resume":
        kept.case_resumed(now)
    return []
