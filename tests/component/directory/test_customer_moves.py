"""A customer moves to another region: directories lead the move by events, and keep the record of it (PLT-4)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from meridian.directory.events.v1 import customer_events_pb2, customer_move_events_pb2
from meridian.directory.v1 import customer_move_service_pb2, placement_service_pb2, user_service_pb2

from chassis.errors import Aborted, AlreadyExists, Denied, Invalid, MeridianError, NotFound, Refused
from services.directory.users import store as users
from tests.component.directory.acting import USERS, add_user, refusal_of
from tests.component.directory.moving import (
    ACCOUNT,
    EVENTS,
    MOVES,
    Moving,
    arrived,
    at,
    copied,
    delayed,
    departed,
    records_departed,
    refused,
)
from tests.running import RunningService

PLACEMENTS = placement_service_pb2.DESCRIPTOR.services_by_name["PlacementService"]
CLOSED = customer_move_events_pb2.CustomerMoveClosed


@pytest.fixture
def moving(run_service: Callable[..., RunningService], tmp_path: Path) -> Moving:
    return Moving(run_service, tmp_path)


def nothing_began(moving: Moving) -> bool:
    return moving.na.table("customer_moves") == [] and moving.na.events() == []


# ---- the whole way -------------------------------------------------------------------------------


def test_a_customer_moves(moving: Moving) -> None:
    owner = moving.owner()
    move = moving.begin(owner)
    assert move.id.startswith("move_na_")
    assert (move.from_region, move.requested_by_id) == ("na", "user_na_ada")
    assert moving.state(move.id) == "PROPOSED"

    moving.regions.carry()
    assert moving.state(move.id) == "COPYING"
    (started,) = moving.announced(customer_move_events_pb2.CustomerMoveStarted)
    assert (started.move_id, started.account_id, started.to_region, started.owner_id) == (
        move.id,
        ACCOUNT,
        "emea",
        owner,
    )

    for name in EVENTS:
        assert moving.announced(customer_move_events_pb2.CustomerMoveDeparting) == []
        moving.tell(copied(move.id, name))
    (departing,) = moving.announced(customer_move_events_pb2.CustomerMoveDeparting)
    assert (departing.move_id, departing.account_id) == (move.id, ACCOUNT)
    assert moving.state(move.id) == "DEPARTING"

    for name in EVENTS:
        moving.tell(records_departed(move.id, name, [f"{name}_na_1", ACCOUNT]))
        moving.tell(departed(move.id, name))
    for name in EVENTS:
        assert moving.announced(CLOSED) == []
        moving.tell(arrived(move.id, name), "emea")
    assert moving.state(move.id) == "DONE"
    moving.regions.carry()

    (closed,) = moving.announced(CLOSED)
    assert (closed.moved, closed.from_region, closed.to_region) == (True, "na", "emea")
    read = moving.read(move.id)
    assert closed.close_time == read.close_time
    assert [each.service for each in read.departures] == sorted(EVENTS)
    assert {each.depart_time.ToDatetime(UTC) for each in read.departures} == {at(1)}
    assert {each.arrive_time.ToDatetime(UTC) for each in read.departures} == {at(2)}
    assert [(each.digest, each.rows, each.HasField("delay")) for each in read.parts] == [
        (f"{name}-1", 3, False) for name in EVENTS
    ]
    request = placement_service_pb2.GetPlacementRequest(id=ACCOUNT)
    for admin in (moving.admin, moving.admin_there):
        placed = admin.call(PLACEMENTS).GetPlacement(request)
        assert (placed.home_region, placed.move_id) == ("emea", move.id)
        assert placed.since_time.ToDatetime(UTC) == at(1)


def test_the_records_are_the_owners_team_and_unit(moving: Moving) -> None:
    owner = moving.owner()
    with moving.emea.app.transaction() as tx:
        user = users.get(tx, owner)
        user.business_unit_id, user.team_id, user.team_ids = "bu_emea_1", "team_emea_1", ("t",)
        users.save(tx, user)
    move_id = moving.begin(owner).id
    moving.regions.carry()

    (started,) = moving.announced(customer_move_events_pb2.CustomerMoveStarted)
    read = moving.read(move_id)
    for each in (started, read):
        assert (each.team_id, each.business_unit_id) == ("team_emea_1", "bu_emea_1")
    assert read.HasField("answer_time")


def test_many_records_are_told_to_every_region_as_they_came(moving: Moving) -> None:
    move_id = moving.departing()
    ids = [f"case_na_{number}" for number in range(1000)]
    moving.tell(records_departed(move_id, "service", ids))

    (moved,) = moving.announced(customer_events_pb2.CustomerMoved)
    assert (list(moved.record_ids), moved.from_region, moved.to_region) == (ids, "na", "emea")
    assert moved.move_time.ToDatetime(UTC) == at(1)


# ---- what cannot begin -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "kind", "reason"),
    [
        ({"to_region": "na", "owner_id": "user_na_1"}, Invalid, "TO_REGION_SAME"),
        ({"to_region": "apac", "owner_id": "user_apac_1"}, Invalid, "TO_REGION_UNKNOWN"),
        ({"owner_id": "user_na_1"}, Invalid, "MOVE_OWNER_ELSEWHERE"),
        ({"account_id": "contact_na_1"}, Invalid, "INVALID_FIELDS"),
        ({"account_id": ""}, Invalid, "INVALID_FIELDS"),
        ({"owner_id": "team_emea_1"}, Invalid, "INVALID_FIELDS"),
        ({"reason": ""}, Invalid, "INVALID_FIELDS"),
        ({"reason": "x" * 1001}, Invalid, "INVALID_FIELDS"),
        ({"account_id": "account_emea_1"}, Refused, "CUSTOMER_LIVES_ELSEWHERE"),
        ({"account_id": "account_mars_1"}, Invalid, "CUSTOMER_REGION_UNKNOWN"),
    ],
)
def test_what_cannot_be_is_refused(
    moving: Moving, fields: dict[str, str], kind: type[MeridianError], reason: str
) -> None:
    refusal = refusal_of(lambda: moving.begin(**{"owner_id": "user_emea_1"} | fields))

    assert (type(refusal), refusal.reason) == (kind, reason)
    assert nothing_began(moving)


def test_an_unknown_region_is_told_the_known_ones(moving: Moving) -> None:
    refusal = refusal_of(lambda: moving.begin("user_apac_1", to_region="apac"))

    assert refusal.params == {"region": "apac", "known": "emea"}


def place(moving: Moving, record_id: str, region: str, minute: int) -> None:
    """Let both regions hear that a record lives there."""
    event = customer_events_pb2.CustomerMoved(
        move_id=f"move_{region}_{minute}",
        account_id=record_id,
        from_region="apac",
        to_region=region,
        record_ids=[record_id],
    )
    event.move_time.FromDatetime(at(minute))
    moving.tell(event, "apac")


def test_a_customer_is_moved_where_they_live(moving: Moving) -> None:
    place(moving, ACCOUNT, "emea", 1)
    refusal = refusal_of(lambda: moving.begin())
    assert (refusal.reason, refusal.params) == ("CUSTOMER_LIVES_ELSEWHERE", {"region": "emea"})

    place(moving, ACCOUNT, "na", 2)
    place(moving, "account_emea_1", "na", 3)
    assert moving.begin().account_id == ACCOUNT
    assert moving.begin(account_id="account_emea_1").account_id == "account_emea_1"


def test_a_customer_with_users_stays(moving: Moving) -> None:
    add_user(moving.admin, account_id=ACCOUNT)
    before = moving.na.events()

    refusal = refusal_of(lambda: moving.begin())

    assert (type(refusal), refusal.reason) == (Refused, "CUSTOMER_HAS_USERS")
    assert (moving.na.table("customer_moves"), moving.na.events()) == ([], before)


def test_a_customer_is_on_one_move_at_a_time(moving: Moving) -> None:
    first = moving.begin()
    refusal = refusal_of(lambda: moving.begin())
    assert (type(refusal), refusal.reason) == (AlreadyExists, "CUSTOMER_MOVE_OPEN")
    assert refusal.params == {"id": first.id}
    assert moving.na.events() == ["CustomerMoveProposed"]

    moving.begin(account_id="account_na_other")
    moving.cancel(first.id)
    assert moving.begin().id != first.id


def test_moves_asked_for_at_the_same_moment_are_one(moving: Moving) -> None:
    owner = moving.owner()

    def begin(_: int) -> str:
        try:
            return f"began {moving.begin(owner).id}"
        except AlreadyExists as refusal:
            return f"refused {refusal.params['id']}"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(begin, range(8)))

    (row,) = moving.na.table("customer_moves")
    assert sorted(outcomes) == [f"began {row['id']}"] + [f"refused {row['id']}"] * 7
    assert moving.na.events() == ["CustomerMoveProposed"]


def test_a_request_sent_again_is_answered_again(moving: Moving) -> None:
    owner = moving.owner()
    caller = moving.admin.with_key("k1")

    first, second = moving.begin(owner, caller), moving.begin(owner, caller)

    assert first == second
    assert len(moving.na.table("customer_moves")) == 1


def test_copies_told_at_the_same_moment_let_the_parts_leave_once(moving: Moving) -> None:
    owner = moving.owner()
    for number in range(5):
        move_id = moving.begin(owner, account_id=f"account_na_{number}").id
        moving.regions.carry()
        events = [moving.event(copied(move_id, name)) for name in EVENTS]
        with ThreadPoolExecutor(len(events)) as pool:
            list(pool.map(moving.hand_over, events))
        assert moving.state(move_id) == "DEPARTING"

    assert len(moving.announced(customer_move_events_pb2.CustomerMoveDeparting)) == 5


def test_a_move_that_is_cancelled_as_it_departs_does_one_of_both(moving: Moving) -> None:
    owner = moving.owner()
    *first, last = EVENTS
    for number in range(8):
        move_id = moving.begin(owner, account_id=f"account_na_{number}").id
        moving.regions.carry()
        for name in first:
            moving.tell(copied(move_id, name))
        event = moving.event(copied(move_id, last))
        with ThreadPoolExecutor(2) as pool:
            departs = pool.submit(moving.hand_over, event)
            cancelled = pool.submit(moving.cancel, move_id)
            departs.result()
        left = {
            each.move_id
            for each in moving.announced(customer_move_events_pb2.CustomerMoveDeparting)
        }
        closed = {each.move_id for each in moving.announced(CLOSED)}
        if cancelled.exception() is None:
            assert moving.state(move_id) == "CANCELLED"
            assert (move_id in left, move_id in closed) == (False, True)
        else:
            assert refusal_of(cancelled.result).reason == "CUSTOMER_MOVE_DEPARTING"
            assert moving.state(move_id) == "DEPARTING"
            assert (move_id in left, move_id in closed) == (True, False)


# ---- what the other region says --------------------------------------------------------------------


def failure_of(moving: Moving, move_id: str) -> tuple[str, str, str]:
    failure = moving.read(move_id).failure
    return failure.service, failure.reason, failure.subject


def test_an_owner_nobody_knows_makes_it_fail(moving: Moving) -> None:
    move_id = moving.begin("user_emea_nobody").id
    moving.regions.carry()

    assert moving.state(move_id) == "FAILED"
    assert failure_of(moving, move_id) == ("directory", "OWNER_NOT_FOUND", "user_emea_nobody")
    (closed,) = moving.announced(CLOSED)
    assert (closed.move_id, closed.moved) == (move_id, False)
    assert moving.announced(customer_move_events_pb2.CustomerMoveStarted) == []


@pytest.mark.parametrize(
    "fields", [{"partner_id": "partner_emea_1"}, {"account_id": "account_e_1"}]
)
def test_an_owner_from_outside_makes_it_fail(moving: Moving, fields: dict[str, str]) -> None:
    move_id = moving.begin(moving.owner(**fields)).id
    moving.regions.carry()

    assert failure_of(moving, move_id)[1] == "OWNER_OUTSIDE"


def test_an_owner_who_was_disabled_makes_it_fail(moving: Moving) -> None:
    owner = moving.owner()
    disable = user_service_pb2.DisableUserRequest(id=owner)
    moving.admin_there.call(USERS).DisableUser(disable)
    move_id = moving.begin(owner).id
    moving.regions.carry()

    assert (moving.state(move_id), failure_of(moving, move_id)[1]) == ("FAILED", "OWNER_INACTIVE")


def test_only_the_two_regions_of_a_move_are_believed(moving: Moving) -> None:
    move_id = moving.begin().id
    proposal = moving.announced(customer_move_events_pb2.CustomerMoveProposed)[0]
    moving.tell(proposal, "apac")
    assert moving.announced(customer_move_events_pb2.CustomerMoveAnswered, moving.emea) == []

    answer = customer_move_events_pb2.CustomerMoveAnswered(move_id=move_id, region="emea")
    moving.tell(answer, "apac")
    assert moving.state(move_id) == "PROPOSED"

    moving.regions.carry()
    for name in EVENTS:
        moving.tell(copied(move_id, name))
    moving.tell(departed(move_id, "sales"), "apac")
    moving.tell(arrived(move_id, "sales"), "apac")
    moving.tell(arrived(move_id, "sales"), "na")
    assert list(moving.read(move_id).departures) == []


def test_what_is_answered_twice_counts_once(moving: Moving) -> None:
    move_id = moving.copying()
    again = customer_move_events_pb2.CustomerMoveAnswered(
        move_id=move_id, region="emea", reason="OWNER_NOT_FOUND"
    )
    moving.tell(again, "emea")

    assert moving.state(move_id) == "COPYING"
    assert moving.na.events() == ["CustomerMoveProposed", "CustomerMoveStarted"]


# ---- what services say -----------------------------------------------------------------------------


def test_a_refusal_makes_it_fail_before_anything_departs(moving: Moving) -> None:
    move_id = moving.copying()
    moving.tell(copied(move_id, "service"))
    moving.tell(refused(move_id, "sales", "ACCOUNT_HAS_RELATIVES", "account_na_2"))
    moving.tell(refused(move_id, "partners", "DEAL_OPEN", "deal_na_2"))
    moving.tell(copied(move_id, "marketing"))

    assert moving.state(move_id) == "FAILED"
    assert failure_of(moving, move_id) == ("sales", "ACCOUNT_HAS_RELATIVES", "account_na_2")
    assert "subsidiary of account account_na_2" in moving.read(move_id).failure.explanation
    (closed,) = moving.announced(CLOSED)
    assert not closed.moved
    # All that must be settled first can be seen at once.
    obstacles = {each.service: each.delay.reason for each in moving.read(move_id).parts}
    assert obstacles == {
        "sales": "ACCOUNT_HAS_RELATIVES",
        "service": "",
        "marketing": "",
        "partners": "DEAL_OPEN",
    }
    moving.begin()


def test_a_refusal_while_parts_leave_only_delays(moving: Moving) -> None:
    move_id = moving.departing()
    moving.tell(refused(move_id, "service", "CASE_OPEN", "case_na_1"))

    delay = moving.part(move_id, "service").delay
    assert (delay.reason, delay.subject) == ("CASE_OPEN", "case_na_1")
    assert delay.since_time.ToDatetime(UTC) == moving.regions.now
    assert moving.state(move_id) == "DEPARTING"
    assert moving.announced(CLOSED) == []

    moving.tell(departed(move_id, "service"))
    assert not moving.part(move_id, "service").HasField("delay")


def test_a_delay_is_seen_until_the_part_goes_on(moving: Moving) -> None:
    move_id = moving.copying()
    earlier = moving.event(delayed(move_id, "sales", "PAST"))
    moving.tell(delayed(move_id, "sales"))
    moving.hand_over(earlier)
    assert moving.part(move_id, "sales").delay.reason == "REGION_UNREACHABLE"

    moving.tell(copied(move_id, "sales"))
    assert not moving.part(move_id, "sales").HasField("delay")
    assert moving.part_state(move_id, "sales") == "COPIED"


def test_a_part_that_changed_is_copied_again(moving: Moving) -> None:
    move_id = moving.departing()
    earlier = moving.event(copied(move_id, "sales", "sales-2", rows=4))
    moving.tell(copied(move_id, "sales", "sales-3", rows=5))
    moving.hand_over(earlier)

    part = moving.part(move_id, "sales")
    assert (part.digest, part.rows) == ("sales-3", 5)
    assert len(moving.announced(customer_move_events_pb2.CustomerMoveDeparting)) == 1


def test_somebody_who_logs_in_for_the_customer_meanwhile_keeps_them_here(moving: Moving) -> None:
    move_id = moving.copying()
    add_user(moving.admin, account_id=ACCOUNT)
    for name in EVENTS:
        moving.tell(copied(move_id, name))

    assert moving.state(move_id) == "FAILED"
    assert failure_of(moving, move_id) == ("directory", "CUSTOMER_HAS_USERS", "")
    assert moving.announced(customer_move_events_pb2.CustomerMoveDeparting) == []


def test_what_arrives_otherwise_than_it_left_is_never_done(moving: Moving) -> None:
    move_id = moving.departing()
    for name in EVENTS:
        moving.tell(departed(move_id, name))
        moving.tell(arrived(move_id, name, "other" if name == "service" else ""), "emea")

    part = moving.part(move_id, "service")
    assert (part.delay.reason, part.delay.subject) == ("DIGEST_DIFFERS", "service-1")
    assert moving.part_state(move_id, "service") == "DEPARTED"
    (wrong,) = [each for each in moving.read(move_id).departures if each.service == "service"]
    assert (wrong.digest, wrong.arrived_digest) == ("service-1", "other")
    moving.tell(delayed(move_id, "service"))
    assert moving.part(move_id, "service").delay.reason == "DIGEST_DIFFERS"
    assert (moving.state(move_id), moving.announced(CLOSED)) == ("DEPARTING", [])


def test_rows_that_turn_up_late_are_noted_after_it_is_done(moving: Moving) -> None:
    move_id = moving.departing()
    for name in EVENTS:
        moving.tell(departed(move_id, name))
        moving.tell(arrived(move_id, name), "emea")
    moving.tell(departed(move_id, "sales", "sales-late", rows=1, minute=30))
    assert moving.part_state(move_id, "sales") == "DEPARTED"
    assert moving.state(move_id) == "DONE"

    moving.tell(arrived(move_id, "sales", "sales-late", rows=1, minute=31), "emea")
    late = moving.read(move_id).departures[-1]
    assert (late.service, late.digest, late.rows, late.arrived_rows) == (
        "sales",
        "sales-late",
        1,
        1,
    )
    assert moving.part_state(move_id, "sales") == "ARRIVED"
    assert len(moving.announced(CLOSED)) == 1


def test_events_of_moves_that_are_not_of_this_region_are_passed_over(moving: Moving) -> None:
    unknown = "move_apac_1"
    for message in (
        copied(unknown, "sales"),
        delayed(unknown, "sales"),
        refused(unknown, "sales", "ACCOUNT_NOT_FOUND"),
        departed(unknown, "sales"),
        arrived(unknown, "sales"),
    ):
        moving.tell(message)

    assert nothing_began(moving)


# ---- calling it off --------------------------------------------------------------------------------


@pytest.mark.parametrize("begin", [lambda m: m.begin().id, Moving.copying])
def test_a_move_can_be_cancelled_before_anything_leaves(
    moving: Moving, begin: Callable[[Moving], str]
) -> None:
    move_id = begin(moving)
    cancelled = moving.cancel(move_id, etag=moving.read(move_id).etag)

    assert (cancelled.cancelled_by_id, cancelled.cancel_reason) == (
        "user_na_ada",
        "They changed their minds",
    )
    moving.regions.carry()
    for name in EVENTS:
        moving.tell(copied(move_id, name))
    moving.tell(refused(move_id, "sales", "ACCOUNT_NOT_FOUND"))
    assert moving.state(move_id) == "CANCELLED"
    (closed,) = moving.announced(CLOSED)
    assert (closed.move_id, closed.moved) == (move_id, False)
    assert moving.announced(customer_move_events_pb2.CustomerMoveDeparting) == []


def test_what_leaves_cannot_be_called_back(moving: Moving) -> None:
    move_id = moving.departing()
    before = moving.read(move_id)

    refusal = refusal_of(lambda: moving.cancel(move_id))

    assert (type(refusal), refusal.reason) == (Refused, "CUSTOMER_MOVE_DEPARTING")
    assert moving.read(move_id) == before
    assert moving.announced(CLOSED) == []


def test_what_is_over_cannot_be_cancelled(moving: Moving) -> None:
    move_id = moving.begin().id
    moving.cancel(move_id)

    refusal = refusal_of(lambda: moving.cancel(move_id))

    assert (type(refusal), refusal.reason) == (Refused, "CUSTOMER_MOVE_CLOSED")
    assert len(moving.announced(CLOSED)) == 1


def test_cancelling_needs_a_reason_and_the_latest_etag(moving: Moving) -> None:
    move_id = moving.begin().id

    assert refusal_of(lambda: moving.cancel(move_id, reason="")).reason == "INVALID_FIELDS"
    stale = refusal_of(lambda: moving.cancel(move_id, etag="9"))
    assert (type(stale), stale.reason) == (Aborted, "STALE_ETAG")
    assert isinstance(refusal_of(lambda: moving.cancel("move_na_none")), NotFound)
    assert moving.state(move_id) == "PROPOSED"


# ---- who may, and lists ----------------------------------------------------------------------------


def test_who_may_only_read_reads(moving: Moving) -> None:
    move_id = moving.begin().id
    reader = moving.na.caller("user_na_sam", "directory.customer_moves.read@region")
    get = customer_move_service_pb2.GetCustomerMoveRequest(id=move_id)
    assert reader.call(MOVES).GetCustomerMove(get).id == move_id

    assert isinstance(refusal_of(lambda: moving.begin("user_emea_1", reader)), Denied)
    cancel = customer_move_service_pb2.CancelCustomerMoveRequest(id=move_id, reason="x")
    denied = refusal_of(lambda: reader.call(MOVES).CancelCustomerMove(cancel))
    assert isinstance(denied, Denied)
    nobody = moving.na.caller("user_na_nobody", "directory.placements.read@region")
    assert isinstance(refusal_of(lambda: nobody.call(MOVES).GetCustomerMove(get)), Denied)


def test_moves_are_filtered_ordered_and_paged(moving: Moving) -> None:
    owner = moving.owner()
    ids = [moving.begin(owner, account_id=f"account_na_{number}").id for number in range(3)]
    moving.cancel(ids[1])

    def listed(**fields: Any) -> list[str]:
        request = customer_move_service_pb2.ListCustomerMovesRequest(**fields)
        answer = moving.admin.call(MOVES).ListCustomerMoves(request)
        return [each.id for each in answer.customer_moves]

    assert listed(order_by="create_time") == sorted(ids)
    assert listed(filter="state = CANCELLED") == [ids[1]]
    # Born in one millisecond, they stand by their ids.
    still_open = sorted([ids[0], ids[2]])
    assert (
        listed(filter="state = COPYING OR state = PROPOSED", order_by="create_time") == still_open
    )
    assert listed(filter='account_id = "account_na_2" AND to_region = "emea"') == [ids[2]]
    assert listed(filter='requested_by_id = "user_na_sam"') == []
    assert listed(filter='create_time < "2026-01-01T00:00:00Z"') == []

    request = customer_move_service_pb2.ListCustomerMovesRequest(page_size=2)
    first = moving.admin.call(MOVES).ListCustomerMoves(request)
    request.page_token = first.next_page_token
    rest = moving.admin.call(MOVES).ListCustomerMoves(request)
    found = [each.id for each in (*first.customer_moves, *rest.customer_moves)]
    assert found == sorted(ids, reverse=True)
    assert rest.next_page_token == ""
