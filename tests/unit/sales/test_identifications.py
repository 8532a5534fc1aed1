"""What was announced about a customer is not announced again, and what is new is never taken for old (PLT-4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chassis.match_keys import MatchHash
from services.sales.identifiers.matching import Identification

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MAIL, PHONE = MatchHash("email", "k1", "a"), MatchHash("phone", "k1", "b")


def test_the_same_hashes_are_told_once_in_whatever_order() -> None:
    known = Identification("account_na_1", "account")

    assert known.tell([MAIL, PHONE], "k1", at=NOW) is not None
    assert known.tell([PHONE, MAIL], "k1", at=NOW) is None


def test_who_was_never_told_of_needs_no_end() -> None:
    known = Identification("account_na_1", "account")

    assert known.tell([], "k1", at=NOW) is None
    assert known.end(at=NOW) is None


def test_without_keys_nothing_is_told_and_it_is_still_to_be_done() -> None:
    known = Identification("account_na_1", "account")
    known.tell([MAIL], "k1", at=NOW)

    assert known.tell([], "", at=NOW) is None
    assert known.key_ids == ""
    assert known.end(at=NOW) is not None


@given(st.lists(st.integers(-5000, 5000), min_size=2, max_size=10))
def test_the_sequence_goes_up_whatever_the_clock_does(milliseconds: list[int]) -> None:
    known, told = Identification("account_na_1", "account"), []
    for number, shift in enumerate(milliseconds):
        hashes = [MatchHash("email", "k1", str(number))]
        event = known.tell(hashes, "k1", at=NOW + timedelta(milliseconds=shift))
        assert event is not None
        told.append(event.sequence)
    assert told == sorted(set(told))


def test_after_a_restore_it_goes_on_above_what_was_lost() -> None:
    lost, restored = Identification("a", "account"), Identification("a", "account")
    before = lost.tell([MAIL], "k1", at=NOW)
    after = restored.tell([PHONE], "k1", at=NOW + timedelta(seconds=1))

    assert before is not None
    assert after is not None
    assert after.sequence > before.sequence
