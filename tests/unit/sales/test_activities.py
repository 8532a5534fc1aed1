"""An activity's rules: its states, its times, its reminder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid, Refused
from services.sales.activities.domain import (
    Activity,
    ActivityDue,
    ActivityKind,
    ActivityState,
    Participant,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DUE = NOW + timedelta(days=1)


def task(**fields: object) -> Activity:
    made = Activity("activity_na_1", title="Call back", owner_id="user_na_1", **fields)  # type: ignore[arg-type]
    made.plan()
    return made


def test_the_reminder_comes_once_before_it_is_due() -> None:
    activity = task(due_time=DUE, reminder_minutes=30, subject_id="opp_na_1")
    assert activity.reminder_time == DUE - timedelta(minutes=30)
    assert activity.remind() == ActivityDue("activity_na_1", "user_na_1", "opp_na_1", DUE)
    assert activity.reminder_time is None
    with pytest.raises(ValueError, match="no reminder"):
        activity.remind()


def test_a_given_reminder_comes_again_only_if_its_time_changes() -> None:
    activity = task(due_time=DUE, reminder_minutes=30)
    activity.remind()
    activity.revise({"title": "Call back soon"})
    assert activity.reminder_time is None
    activity.revise({"due_time": DUE + timedelta(days=1)})
    assert activity.reminder_time == DUE + timedelta(days=1) - timedelta(minutes=30)


def test_a_meeting_is_due_when_it_starts() -> None:
    meeting = task(kind=ActivityKind.MEETING, start_time=DUE, end_time=DUE + timedelta(hours=1))
    assert meeting.due_time == DUE


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"kind": ActivityKind.MEETING}, "START_REQUIRED"),
        ({"end_time": DUE}, "START_REQUIRED"),
        ({"start_time": DUE, "end_time": NOW}, "END_BEFORE_START"),
        ({"time_zone": "Asia/Atlantis"}, "TIME_ZONE_UNKNOWN"),
        ({"reminder_minutes": 5}, "REMINDER_WITHOUT_DUE_TIME"),
        ({"participants": (Participant("u1"), Participant("u1"))}, "PARTICIPANT_REPEATED"),
    ],
)
def test_refuses_wrong_fields(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        task(**fields)


def test_closed_is_closed_until_reopened() -> None:
    activity = task(due_time=DUE, reminder_minutes=0)
    activity.complete("done well", NOW)
    assert (activity.state, activity.outcome, activity.close_time, activity.reminder_time) == (
        ActivityState.DONE,
        "done well",
        NOW,
        None,
    )
    for change in (
        lambda: activity.complete("", NOW),
        lambda: activity.cancel("", NOW),
        lambda: activity.revise({"title": "x"}),
        lambda: activity.assign("user_na_2"),
    ):
        with pytest.raises(Refused, match="ACTIVITY_CLOSED"):
            change()
    activity.reopen(NOW)
    assert (activity.state, activity.outcome, activity.reminder_time) == (
        ActivityState.OPEN,
        "",
        DUE,
    )
    with pytest.raises(Refused, match="ACTIVITY_OPEN"):
        activity.reopen(NOW)


@given(st.integers(0, 40320), st.integers(-50_000, 50_000))
def test_reopening_never_brings_a_reminder_of_the_past(before: int, later: int) -> None:
    activity = task(due_time=DUE, reminder_minutes=before)
    activity.cancel("", NOW)
    at = NOW + timedelta(minutes=later)
    activity.reopen(at)
    assert activity.reminder_time is None or activity.reminder_time > at
