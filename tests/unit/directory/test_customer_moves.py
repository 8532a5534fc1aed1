"""Customer moves: what leads from one state to the next, whatever is heard first (PLT-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refused
from services.directory.customer_moves.departures import (
    CustomerMoveDeparture,
    Rows,
    paired,
)
from services.directory.customer_moves.domain import (
    CustomerMove,
    CustomerMoveFailure,
    CustomerMoveState,
)
from services.directory.customer_moves.events import (
    CustomerMoveClosed,
    CustomerMoveDeparting,
    CustomerMoveProposed,
    CustomerMoveStarted,
)
from services.directory.customer_moves.parts import SERVICES, CustomerMovePartState

MOMENT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def at(minute: float) -> datetime:
    return MOMENT + timedelta(minutes=minute)


def proposed() -> CustomerMove:
    move = CustomerMove("move_1", "account_na_1", "emea", "user_emea_1", "moved to Berlin")
    move.propose("na", "user_na_1", MOMENT)
    return move


def copying() -> CustomerMove:
    move = proposed()
    move.answer("", "team_emea_1", "bu_emea_1", at(1))
    return move


def departing() -> CustomerMove:
    move = copying()
    for service in SERVICES:
        move.copy(service, f"{service}-1", 3, at(2))
    move.depart(at(3))
    return move


def states(move: CustomerMove) -> list[str]:
    return [part.state for part in move.parts]


def test_a_move_is_proposed_to_the_other_region() -> None:
    move = CustomerMove("move_1", "account_na_1", "emea", "user_emea_1", "moved to Berlin")
    event = move.propose("na", "user_na_1", MOMENT)

    assert event == CustomerMoveProposed("move_1", "account_na_1", "na", "emea", "user_emea_1")
    assert (move.open_account_id, move.waiting_since_time) == ("account_na_1", MOMENT)


def test_a_yes_starts_the_copies_and_a_no_ends_the_move() -> None:
    move = proposed()
    event = move.answer("", "team_emea_1", "bu_emea_1", at(1))
    assert event == CustomerMoveStarted(
        "move_1", "account_na_1", "emea", "user_emea_1", "team_emea_1", "bu_emea_1"
    )
    assert move.state is CustomerMoveState.COPYING

    other = proposed()
    closed = other.answer("OWNER_NOT_FOUND", "", "", at(1))
    assert closed == CustomerMoveClosed("move_1", "account_na_1", "na", "emea", False, at(1))
    assert other.failure == CustomerMoveFailure("directory", "OWNER_NOT_FOUND", "user_emea_1")
    assert (other.open_account_id, other.waiting_since_time) == (None, None)


def test_an_answer_to_what_is_over_changes_nothing() -> None:
    move = proposed()
    move.cancel("user_na_1", "a mistake", at(1))

    assert move.answer("", "t", "b", at(2)) is None
    assert (move.state, move.answer_time) == (CustomerMoveState.CANCELLED, None)


def test_what_was_called_off_waits_for_nothing() -> None:
    move = copying()
    move.cancel("user_na_1", "a mistake", at(2))

    move.hold_up("sales", "RELOCATION_CLOSED", "", at(3))

    assert all(part.delay is None for part in move.parts)


def test_parts_leave_when_all_are_copied() -> None:
    move = copying()
    for service in SERVICES:
        assert not move.can_depart
        move.copy(service, f"{service}-1", 3, at(2))
    assert move.can_depart

    assert move.depart(at(3)) == CustomerMoveDeparting("move_1", "account_na_1")
    assert (move.state, move.depart_time) == (CustomerMoveState.DEPARTING, at(3))
    assert not move.can_depart


def test_a_copy_is_noted_though_a_later_delay_was_heard_of_first() -> None:
    move = copying()
    move.hold_up("sales", "REGION_UNREACHABLE", "", at(3))
    move.copy("sales", "sales-1", 3, told=at(2))

    part = move.parts[0]
    assert (part.service, part.state) == ("sales", CustomerMovePartState.COPIED)
    assert (part.digest, part.rows) == ("sales-1", 3)
    assert part.delay is not None


def test_a_move_that_nobody_agreed_to_does_not_depart() -> None:
    move = proposed()
    for service in SERVICES:
        move.copy(service, "d", 1, at(1))
    assert not move.can_depart


@pytest.mark.parametrize("begin", [proposed, copying])
def test_a_refusal_ends_what_has_not_departed(begin: Callable[[], CustomerMove]) -> None:
    move = begin()
    closed = move.refuse("sales", "ORDER_OPEN", "order_na_1", at(4))

    assert closed == CustomerMoveClosed("move_1", "account_na_1", "na", "emea", False, at(4))
    assert move.failure == CustomerMoveFailure("sales", "ORDER_OPEN", "order_na_1")
    assert move.refuse("service", "CASE_OPEN", "case_na_1", at(5)) is None
    assert move.failure.service == "sales"


def test_a_refusal_does_not_end_what_departs() -> None:
    move = departing()
    assert move.refuse("sales", "ORDER_OPEN", "order_na_1", at(4)) is None
    assert (move.state, move.failure) == (CustomerMoveState.DEPARTING, None)


def test_what_departs_cannot_be_cancelled() -> None:
    with pytest.raises(Refused, match="CUSTOMER_MOVE_DEPARTING"):
        departing().cancel("user_na_1", "a mistake", at(4))


def test_what_is_done_cannot_be_cancelled() -> None:
    move = departing()
    for service in SERVICES:
        move.note_departed(service, Rows("d", 1, at(4)), at(4), at(4))
        move.note_arrived(service, Rows("d", 1, at(5)), at(5))
    with pytest.raises(Refused, match="CUSTOMER_MOVE_CLOSED"):
        move.cancel("user_na_1", "a mistake", at(6))


# ---- whatever is heard first -----------------------------------------------------------------------

Deed = Callable[[CustomerMove], object]


def leave(service: str, digest: str, minute: int) -> Deed:
    rows = Rows(digest, 2, at(minute))
    return lambda move: move.note_departed(service, rows, at(minute), at(99))


def come(service: str, digest: str, minute: int) -> Deed:
    rows = Rows(digest, 2, at(minute))
    return lambda move: move.note_arrived(service, rows, at(99))


def wait(service: str, minute: int) -> Deed:
    return lambda move: move.hold_up(service, "REGION_UNREACHABLE", "", at(minute))


#: One after the other: all parts leave, sales twice, and arrive.
DEEDS: tuple[Deed, ...] = (
    wait("sales", 9),
    *(leave(service, f"{service}-1", 10) for service in SERVICES),
    leave("sales", "sales-2", 11),
    *(come(service, f"{service}-1", 12) for service in SERVICES),
    come("sales", "sales-2", 13),
)


@given(st.permutations(DEEDS), st.lists(st.sampled_from(DEEDS), max_size=4))
def test_the_order_of_events_does_not_matter_nor_does_repetition(
    order: list[Deed], again: list[Deed]
) -> None:
    expected = departing()
    for deed in DEEDS:
        deed(expected)

    move = departing()
    closed = [event for deed in (*order, *again) if (event := deed(move)) is not None]

    assert move == expected
    assert states(move) == [CustomerMovePartState.ARRIVED] * 4
    assert [part.delay for part in move.parts] == [None] * 4
    assert closed == [CustomerMoveClosed("move_1", "account_na_1", "na", "emea", True, at(99))]
    assert (move.open_account_id, move.waiting_since_time) == (None, None)
    assert [each.digest for each in move.departures if each.service == "sales"] == [
        "sales-1",
        "sales-2",
    ]


@given(st.permutations(DEEDS[:-1]), st.data())
def test_what_did_not_arrive_unchanged_is_never_done(
    order: list[Deed], data: st.DataObject
) -> None:
    """Whichever arrival is missing or differs, and whenever it is heard."""
    lost = data.draw(st.sampled_from(DEEDS[6:10]))
    at_place = data.draw(st.integers(0, len(order)))
    wrong = come(SERVICES[DEEDS.index(lost) - 6], "another", 12)
    deeds = [deed for deed in order if deed is not lost]
    if data.draw(st.booleans()):
        deeds.insert(at_place, wrong)

    move = departing()
    closed = [event for deed in deeds if (event := deed(move)) is not None]

    assert closed == []
    assert move.state is CustomerMoveState.DEPARTING
    assert move.waiting_since_time == MOMENT


def test_rows_that_left_late_are_waited_for_after_it_is_done() -> None:
    move = departing()
    for deed in DEEDS[1:10]:
        deed(move)
    leave("sales", "sales-2", 11)(move)
    assert move.state is CustomerMoveState.DEPARTING

    come("sales", "sales-2", 13)(move)
    assert move.state is CustomerMoveState.DONE
    for late in (leave("sales", "sales-3", 40), leave("service", "service-2", 41)):
        assert late(move) is None
    assert (move.state, move.waiting_since_time) == (CustomerMoveState.DONE, at(40))
    assert come("sales", "sales-3", 42)(move) is None
    assert move.waiting_since_time == at(41)
    come("service", "service-2", 43)(move)
    assert move.waiting_since_time is None
    assert move.close_time == at(99)


def test_what_came_otherwise_is_told_until_the_right_thing_comes() -> None:
    move = departing()
    leave("sales", "sales-1", 10)(move)
    come("sales", "sales-2", 12)(move)
    sales = move.parts[0]
    assert sales.delay is not None
    assert (sales.delay.reason, sales.delay.subject) == ("DIGEST_DIFFERS", "sales-1")
    wait("sales", 13)(move)
    move.copy("sales", "sales-3", 3, at(14))
    assert sales.delay.reason == "DIGEST_DIFFERS"

    leave("sales", "sales-2", 11)(move)
    assert sales.delay is None
    assert sales.state is CustomerMovePartState.DEPARTED


def test_what_is_heard_again_counts_as_it_was_first() -> None:
    first, again = Rows("a", 1, at(1)), Rows("a", 1, at(5))

    (departure,) = paired("sales", [again, first], [again, first])

    assert (departure.depart_time, departure.arrive_time) == (at(1), at(1))


def test_halves_that_only_one_side_knows_stand_side_by_side() -> None:
    one, two = Rows("a", 1, at(1)), Rows("b", 2, at(2))
    here = partial(CustomerMoveDeparture, "sales")

    assert paired("sales", [two, one], []) == (
        here("a", 1, at(1)),
        here("b", 2, at(2)),
    )
    assert paired("sales", [], [one]) == (
        here(arrived_digest="a", arrived_rows=1, arrive_time=at(1)),
    )
    assert paired("sales", [one, two], [Rows("b", 2, at(3)), Rows("x", 9, at(4))]) == (
        here("a", 1, at(1), "x", 9, at(4)),
        here("b", 2, at(2), "b", 2, at(3)),
    )
