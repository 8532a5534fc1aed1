"""Moves of customers, of whatever region, become placements that every gateway can ask for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from meridian.directory.events.v1 import customer_events_pb2
from meridian.directory.v1 import placement_service_pb2 as service_pb2

from chassis.inbox import Event, handle_once
from chassis.manifest import BORDER
from chassis.outbox import subject_of
from services.directory.manifest import SERVICE
from tests.component.directory.acting import refusal_of
from tests.running import Caller, RunningService

PLACEMENTS = service_pb2.DESCRIPTOR.services_by_name["PlacementService"]
MOMENT = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


def moved(directory: RunningService, *record_ids: str, to: str, minutes: int, move: str) -> None:
    """Let directory hear of a move over the border."""
    event = customer_events_pb2.CustomerMoved(
        move_id=move,
        account_id="acct_na_1",
        from_region="na",
        to_region=to,
        record_ids=record_ids,
    )
    event.move_time.FromDatetime(MOMENT + timedelta(minutes=minutes))
    headers = {"ce-id": f"{move}-{minutes}", "ce-region": "apac", "ce-actor": "service_directory"}
    subject = subject_of(type(event), "apac")
    came = Event(subject, headers, event.SerializeToString())
    handle_once(directory.app, "directory-from-border", SERVICE.reactions_from(BORDER), [came])


def homes(caller: Caller, *ids: str) -> dict[str, str]:
    request = service_pb2.BatchGetPlacementsRequest(ids=ids)
    answer = caller.call(PLACEMENTS).BatchGetPlacements(request)
    return {placement.id: placement.home_region for placement in answer.placements}


def test_a_move_is_known_to_everybody(directory: RunningService, admin: Caller) -> None:
    moved(directory, "acct_na_1", "cont_na_2", "acct_na_1", to="emea", minutes=0, move="move_1")

    assert homes(directory.caller("nobody"), "cont_na_2", "cont_na_3") == {"cont_na_2": "emea"}
    known = admin.call(PLACEMENTS).GetPlacement(service_pb2.GetPlacementRequest(id="acct_na_1"))
    assert (known.home_region, known.move_id, known.account_id) == ("emea", "move_1", "acct_na_1")
    assert known.since_time.ToDatetime(UTC) == MOMENT


def test_the_later_move_counts_however_late_the_earlier_is_heard(
    directory: RunningService, admin: Caller
) -> None:
    moved(directory, "acct_na_1", "cont_na_2", to="apac", minutes=5, move="move_2")
    moved(directory, "acct_na_1", "case_na_3", to="emea", minutes=0, move="move_1")

    placed = homes(admin, "acct_na_1", "cont_na_2", "case_na_3")

    assert placed == {"acct_na_1": "apac", "cont_na_2": "apac", "case_na_3": "emea"}


def test_a_move_of_many_records_is_kept_whole(directory: RunningService, admin: Caller) -> None:
    ids = [f"case_na_{number}" for number in range(1001)]
    moved(directory, *ids, to="emea", minutes=0, move="move_1")

    assert len(directory.table("placements")) == 1001
    assert homes(admin, ids[0], ids[500], ids[1000]) == dict.fromkeys(
        (ids[0], ids[500], ids[1000]), "emea"
    )


def test_placements_are_listed_by_region_the_latest_first(
    directory: RunningService, admin: Caller
) -> None:
    moved(directory, "acct_na_1", to="emea", minutes=0, move="move_1")
    moved(directory, "acct_na_2", to="emea", minutes=1, move="move_2")
    moved(directory, "acct_na_3", to="apac", minutes=2, move="move_3")

    request = service_pb2.ListPlacementsRequest(filter='home_region = "emea"')
    listed = admin.call(PLACEMENTS).ListPlacements(request).placements

    assert [each.id for each in listed] == ["acct_na_2", "acct_na_1"]


def test_a_record_that_never_moved_has_none(directory: RunningService, admin: Caller) -> None:
    request = service_pb2.GetPlacementRequest(id="acct_na_1")

    assert refusal_of(lambda: admin.call(PLACEMENTS).GetPlacement(request)).reason == "NOT_FOUND"


def test_only_who_may_sees_the_list(directory: RunningService) -> None:
    request = service_pb2.ListPlacementsRequest()
    nobody = directory.caller("user_na_nobody", "directory.users.read@region")

    refusal = refusal_of(lambda: nobody.call(PLACEMENTS).ListPlacements(request))

    assert refusal.reason == "PERMISSION_MISSING"
