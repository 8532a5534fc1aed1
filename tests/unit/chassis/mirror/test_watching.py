"""When a replica agrees, how old it is, and when it asks the hub for everything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chassis.mirror.digest import Digest, digest_of
from chassis.mirror.watching import LONGEST_PATIENCE, ReplicaState, Watch

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
THEIRS, HERE, NOTHING = Digest(2, "aa"), Digest(1, "bb"), Digest(0, "00")


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_digest_depends_on_noun_id_and_version_but_not_on_the_order() -> None:
    records = [("product", "prod_1", 1), ("product", "prod_2", 7), ("price_book", "book_1", 1)]
    digest = digest_of(records)

    assert digest == digest_of(reversed(records))
    assert digest.records == 3
    assert len(digest.value) == 32
    others = [
        digest_of(records[:2]),
        digest_of([*records[:2], ("price_book", "book_1", 2)]),
        digest_of([*records[:2], ("price_book", "book_2", 1)]),
        digest_of([*records[:2], ("price_rule", "book_1", 1)]),
    ]
    assert len({digest.value, *(other.value for other in others)}) == 5
    assert digest_of([]) == Digest(0, "0" * 32)


def test_a_replica_is_as_old_as_the_last_word_that_it_agreed_with() -> None:
    known = Watch("na").heard(THEIRS, at(0), THEIRS)

    assert (known.state(at(20)), known.age(at(20))) == (ReplicaState.CURRENT, 20.0)
    assert known.state(at(60)) is ReplicaState.BEHIND
    assert known.age(at(-3)) == 0.0
    later = known.heard(THEIRS, at(15), HERE)
    assert (later.state(at(20)), later.age(at(20))) == (ReplicaState.BEHIND, 20.0)


def test_who_never_heard_the_hub_is_behind_and_has_no_age() -> None:
    assert (Watch("na").state(NOON), Watch("na").age(NOON)) == (ReplicaState.BEHIND, None)


def test_one_word_that_differs_may_be_a_change_on_its_way() -> None:
    once = Watch("na").heard(THEIRS, at(0), HERE)
    assert not once.must_ask(HERE, at(1))
    assert once.heard(THEIRS, at(15), HERE).must_ask(HERE, at(16))
    assert not once.heard(THEIRS, at(15), THEIRS).must_ask(THEIRS, at(16))


def test_who_has_nothing_asks_at_once() -> None:
    assert Watch("na").heard(THEIRS, at(0), NOTHING).must_ask(NOTHING, at(0))
    assert not Watch("na").heard(NOTHING, at(0), NOTHING).must_ask(NOTHING, at(0))


@pytest.mark.parametrize(("asked", "patience"), [(1, 30), (2, 60), (3, 120), (6, 600), (40, 600)])
def test_who_waits_in_vain_asks_again_each_time_later(asked: int, patience: int) -> None:
    known = Watch("na").heard(THEIRS, at(0), NOTHING)
    for _ in range(asked):
        known = known.asked(at(0))

    assert known.state(at(1)) is ReplicaState.REBUILDING
    assert not known.must_ask(NOTHING, at(patience - 1))
    assert known.must_ask(NOTHING, at(patience))
    assert timedelta(seconds=patience) <= LONGEST_PATIENCE


def test_while_something_comes_nobody_asks_again() -> None:
    waiting = Watch("na", progress_time=at(25), request_time=at(0), requests=1, differing=3)
    assert not waiting.must_ask(HERE, at(54))
    assert waiting.must_ask(HERE, at(55))


def test_agreement_ends_a_rebuild() -> None:
    known = Watch("na").heard(THEIRS, at(0), NOTHING).asked(at(0)).heard(THEIRS, at(15), THEIRS)
    assert known.state(at(16)) is ReplicaState.CURRENT
    assert (known.requests, known.request_time, known.differing) == (0, None, 0)
