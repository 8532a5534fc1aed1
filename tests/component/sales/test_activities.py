"""Activities through real gRPC on a real PostgreSQL, and their reminders by the timer (SAL-9)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from meridian.sales.v1 import activity_pb2
from meridian.sales.v1.activity_service_pb2 import (
    AssignActivityRequest,
    CancelActivityRequest,
    CompleteActivityRequest,
    CreateActivityRequest,
    DeleteActivityRequest,
    GetActivityRequest,
    ListActivitiesRequest,
    ListMyActivitiesRequest,
    ReopenActivityRequest,
    UpdateActivityRequest,
)

from chassis.app import utc_now
from chassis.errors import Denied, Invalid, NotFound, Refused
from services.sales.activities import timers
from tests.component.sales.people import ACTIVITIES, every, refusal_of
from tests.running import Caller, RunningService


def activity(caller: Caller, **fields: Any) -> activity_pb2.Activity:
    values = {"kind": "ACTIVITY_KIND_TASK", "title": "Call back"} | fields
    created: activity_pb2.Activity = caller.call(ACTIVITIES).CreateActivity(
        CreateActivityRequest(activity=values)
    )
    return created


def in_minutes(minutes: int) -> datetime:
    return utc_now() + timedelta(minutes=minutes)


def titles(caller: Caller, **query: Any) -> list[str]:
    ask = caller.call(ACTIVITIES).ListActivities
    return [each.title for each in every(ask, ListActivitiesRequest, **query)]


def mine(caller: Caller) -> list[str]:
    ask = caller.call(ACTIVITIES).ListMyActivities
    return [each.title for each in every(ask, ListMyActivitiesRequest, page_size=2)]


def test_a_meeting_is_planned_and_read(anna: Caller) -> None:
    start = in_minutes(60)
    meeting = activity(
        anna,
        kind="ACTIVITY_KIND_MEETING",
        subject_id="opp_na_1",
        start_time=start,
        end_time=start + timedelta(hours=1),
        time_zone="Asia/Shanghai",
        participants=[{"participant_id": "contact_na_1"}, {"participant_id": "user_otto"}],
        reminder_minutes=0,
    )

    assert meeting.id.startswith("activity_na_")
    assert meeting.due_time == meeting.start_time == meeting.reminder_time
    assert (meeting.state, meeting.priority, meeting.owner_id) == (
        activity_pb2.ACTIVITY_STATE_OPEN,
        activity_pb2.ACTIVITY_PRIORITY_NORMAL,
        "user_anna",
    )
    assert anna.call(ACTIVITIES).GetActivity(GetActivityRequest(id=meeting.id)) == meeting


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"kind": 0}, "activity.kind", "ENUM_NOT_IN"),
        ({"kind": "ACTIVITY_KIND_MEETING"}, "activity.start_time", "START_REQUIRED"),
        ({"time_zone": "Asia/Atlantis"}, "activity.time_zone", "TIME_ZONE_UNKNOWN"),
        (
            {"reminder_minutes": 5},
            "activity.reminder_minutes",
            "REMINDER_WITHOUT_DUE_TIME",
        ),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(
    sales: RunningService, anna: Caller, fields: dict[str, Any], field: str, reason: str
) -> None:
    refusal = refusal_of(lambda: activity(anna, **fields))

    assert isinstance(refusal, Invalid)
    assert [(each.field, each.reason) for each in refusal.violations] == [(field, reason)]
    assert sales.table("activities") == []


def test_done_reopened_cancelled(anna: Caller) -> None:
    task = activity(anna)
    ask = anna.call(ACTIVITIES)

    done = ask.CompleteActivity(CompleteActivityRequest(id=task.id, outcome="agreed"))
    refusal = refusal_of(lambda: ask.CancelActivity(CancelActivityRequest(id=task.id)))
    reopened = ask.ReopenActivity(ReopenActivityRequest(id=task.id, etag=done.etag))
    cancelled = ask.CancelActivity(CancelActivityRequest(id=task.id, reason="ill"))

    assert (done.state, done.outcome) == (activity_pb2.ACTIVITY_STATE_DONE, "agreed")
    assert (type(refusal), refusal.params) == (Refused, {"state": "done"})
    assert (reopened.outcome, reopened.HasField("close_time")) == ("", False)
    assert (cancelled.state, cancelled.outcome) == (
        activity_pb2.ACTIVITY_STATE_CANCELLED,
        "ill",
    )


def test_a_due_reminder_is_announced_once_however_many_workers_look(
    sales: RunningService, anna: Caller
) -> None:
    for number in range(5):
        activity(anna, title=f"T{number}", due_time=in_minutes(5), reminder_minutes=10)
    activity(anna, title="later", due_time=in_minutes(60), reminder_minutes=10)
    done = activity(anna, title="done", due_time=in_minutes(5), reminder_minutes=10)
    anna.call(ACTIVITIES).CompleteActivity(CompleteActivityRequest(id=done.id))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(timers.remind, [sales.app] * 4))

    assert sales.events() == ["ActivityDue"] * 5
    left = [row["title"] for row in sales.table("activities") if row["reminder_time"]]
    assert left == ["later"]


def test_a_reminder_can_be_moved_and_taken_away(anna: Caller) -> None:
    task = activity(anna, due_time=in_minutes(60), reminder_minutes=10)
    ask = anna.call(ACTIVITIES)

    sooner = UpdateActivityRequest(activity={"id": task.id, "reminder_minutes": 30})
    moved = ask.UpdateActivity(sooner)
    away = UpdateActivityRequest(
        activity={"id": task.id}, update_mask={"paths": ["reminder_minutes"]}
    )

    assert task.reminder_time.seconds - moved.reminder_time.seconds == 20 * 60
    assert ask.UpdateActivity(away).HasField("reminder_time") is False


def test_my_open_activities_come_in_the_order_in_which_they_are_due(
    sales: RunningService, anna: Caller
) -> None:
    activity(anna, title="someday")
    activity(anna, title="tomorrow", due_time=in_minutes(24 * 60))
    activity(anna, title="now", due_time=in_minutes(1))
    done = activity(anna, title="done", due_time=in_minutes(0))
    anna.call(ACTIVITIES).CompleteActivity(CompleteActivityRequest(id=done.id))
    otto = sales.caller("user_otto", "sales.*@region")
    activity(otto, title="Otto's")

    assert mine(anna) == ["now", "tomorrow", "someday"]
    assert mine(otto) == ["Otto's"]


def test_an_activity_changes_hands_and_goes(sales: RunningService, anna: Caller) -> None:
    task = activity(anna)
    otto = sales.caller("user_otto", "sales.activities.*@own")
    read = GetActivityRequest(id=task.id)
    assert isinstance(refusal_of(lambda: otto.call(ACTIVITIES).GetActivity(read)), NotFound)

    assign = AssignActivityRequest(id=task.id, owner_id="user_otto")
    anna.call(ACTIVITIES).AssignActivity(assign)
    otto.call(ACTIVITIES).DeleteActivity(DeleteActivityRequest(id=task.id))

    assert sales.table("activities") == []


def test_lists_by_subject_and_state(sales: RunningService, anna: Caller) -> None:
    activity(anna, title="A", subject_id="opp_na_1", due_time=in_minutes(10))
    activity(anna, title="B", subject_id="opp_na_1")
    activity(anna, title="C", subject_id="case_na_1", kind="ACTIVITY_KIND_CALL")

    assert titles(anna, filter='subject_id = "opp_na_1"', order_by="due_time") == ["A", "B"]
    assert titles(anna, filter="kind = CALL AND state = OPEN") == ["C"]
    assert titles(anna, order_by="title desc", page_size=2) == ["C", "B", "A"]
    reader = sales.caller("user_rita", "sales.activities.read@region")
    assert isinstance(refusal_of(lambda: activity(reader)), Denied)
