"""Business units stay a tree that is not too deep, whatever is moved where (PLT-2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid
from services.directory.business_units.domain import (
    DEEPEST,
    BusinessUnit,
    BusinessUnitCreated,
    BusinessUnitMoved,
    descendants,
)

#       top
#      /   \
#   sales  service
#   /   \
# east  west
TREE = {"top": "", "sales": "top", "service": "top", "east": "sales", "west": "sales"}


def reason_of(unit: BusinessUnit, parent_id: str, parents: dict[str, str] = TREE) -> str:
    with pytest.raises(Invalid) as refused:
        unit.move(parent_id, parents)
    assert refused.value.violations[0].field == "business_unit.parent_id"
    return refused.value.reason


def test_a_unit_sees_itself_and_all_below_nearest_first() -> None:
    assert descendants("top", TREE) == ("top", "sales", "service", "east", "west")
    assert descendants("east", TREE) == ("east",)
    assert descendants("", TREE) == ()


def test_a_unit_is_added_at_the_top_or_under_another() -> None:
    assert BusinessUnit("new", "New", "east").create(TREE) == BusinessUnitCreated("new", "east")
    assert BusinessUnit("new", "New").create({}) == BusinessUnitCreated("new", "")


def test_a_unit_is_moved_with_all_below_it() -> None:
    unit = BusinessUnit("sales", "Sales", "top")
    assert unit.move("service", TREE) == BusinessUnitMoved("sales", "service", "top")
    assert unit.move("service", TREE | {"sales": "service"}) is None


def test_a_unit_cannot_come_under_itself() -> None:
    assert reason_of(BusinessUnit("sales", "", "top"), "sales") == "PARENT_BELOW_ITSELF"
    assert reason_of(BusinessUnit("sales", "", "top"), "west") == "PARENT_BELOW_ITSELF"


def test_a_parent_must_exist() -> None:
    assert reason_of(BusinessUnit("sales", "", "top"), "nowhere") == "PARENT_UNKNOWN"


def test_the_tree_has_a_deepest_level() -> None:
    chain = {f"u{n}": f"u{n - 1}" if n else "" for n in range(DEEPEST)}
    with pytest.raises(Invalid, match="TREE_TOO_DEEP"):
        BusinessUnit("more", "", f"u{DEEPEST - 1}").create(chain)
    assert reason_of(BusinessUnit("sales", "", "top"), f"u{DEEPEST - 2}", TREE | chain) == (
        "TREE_TOO_DEEP"
    )


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 9)), max_size=40))
def test_moves_never_make_a_ring(moves: list[tuple[int, int]]) -> None:
    parents = {str(n): "" for n in range(10)}
    for unit_number, parent_number in moves:
        unit = BusinessUnit(str(unit_number), "", parents[str(unit_number)])
        try:
            unit.move("" if parent_number < 0 else str(parent_number), parents)
        except Invalid:
            continue
        parents[unit.id] = unit.parent_id
    tops = [unit for unit, parent in parents.items() if not parent]
    reached = [unit for top in tops for unit in descendants(top, parents)]
    assert sorted(reached) == sorted(parents)
