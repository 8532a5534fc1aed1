"""WAL's files have names that tell their order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.backup.segments import Segment

#: All but the last, which none follows.
segments = st.builds(Segment, st.integers(1, 2**32 - 1), st.integers(0, 2**40 - 2))


@given(segments)
def test_a_name_is_read_as_it_was_written(segment: Segment) -> None:
    assert Segment.parse(segment.name) == segment


@given(segments)
def test_the_following_name_sorts_behind(segment: Segment) -> None:
    assert segment.following.name > segment.name


@pytest.mark.parametrize(
    ("position", "name"),
    [
        ("0/3000060", "000000010000000000000003"),
        ("0/FFFFFFFF", "0000000100000000000000FF"),
        ("1/0", "000000010000000100000000"),
        ("A/1B2C3D4E", "000000010000000A0000001B"),
    ],
)
def test_a_position_lies_in_a_segment(position: str, name: str) -> None:
    assert Segment.at(1, position).name == name


@pytest.mark.parametrize("name", ["", "00000002.history", "00000001000000000000000g", "lock"])
def test_what_is_no_segment(name: str) -> None:
    assert Segment.parse(name) is None
