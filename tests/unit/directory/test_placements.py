"""The latest move of a record tells where it lives, in whatever order regions tell of moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.directory.placements.domain import Placement

MOMENT = datetime(2026, 11, 22, tzinfo=UTC)

moves = st.builds(
    lambda region, minutes, move: Placement(
        "acct_na_1", region, MOMENT + timedelta(minutes=minutes), f"move_{move}", "acct_na_1"
    ),
    st.sampled_from(["na", "emea", "apac"]),
    st.integers(0, 3),
    st.integers(0, 5),
)


def settled(told: list[Placement]) -> Placement | None:
    known: Placement | None = None
    for each in told:
        if each.overrules(known):
            known = each
    return known


@given(
    st.lists(moves, max_size=6, unique_by=lambda each: (each.since_time, each.move_id)), st.data()
)
def test_every_order_of_hearing_ends_alike(told: list[Placement], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(told))

    assert settled(list(shuffled)) == settled(told)
    assert settled(told) == max(told, key=lambda e: (e.since_time, e.move_id), default=None)
