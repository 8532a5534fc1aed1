"""What is true of business units: they form a tree that is not too deep (PLT-2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chassis.errors import Invalid

DEEPEST = 8

Parents = Mapping[str, str]
"""Unit id → id of the unit above, "" at the top; every unit of the region."""


@dataclass(frozen=True)
class BusinessUnitCreated:
    """A unit was added to the tree."""

    business_unit_id: str
    parent_id: str


@dataclass(frozen=True)
class BusinessUnitMoved:
    """A unit, with all below it, was put under another."""

    business_unit_id: str
    parent_id: str
    former_parent_id: str


@dataclass(frozen=True)
class BusinessUnitDeleted:
    """A unit was removed from the tree."""

    business_unit_id: str


@dataclass
class BusinessUnit:
    """A part of the company."""

    id: str
    name: str = ""
    parent_id: str = ""
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def create(self, parents: Parents) -> BusinessUnitCreated:
        """Check its place and announce it. Invalid(PARENT_UNKNOWN, TREE_TOO_DEEP)."""
        self._check_place(parents)
        return BusinessUnitCreated(self.id, self.parent_id)

    def move(self, parent_id: str, parents: Parents) -> BusinessUnitMoved | None:
        """Put it, with all below it, under another; None if it is there already.

        Invalid(PARENT_UNKNOWN, PARENT_BELOW_ITSELF, TREE_TOO_DEEP).
        """
        if parent_id == self.parent_id:
            return None
        if parent_id in descendants(self.id, parents):
            raise Invalid("PARENT_BELOW_ITSELF", field="business_unit.parent_id")
        former, self.parent_id = self.parent_id, parent_id
        self._check_place(parents)
        return BusinessUnitMoved(self.id, parent_id, former)

    def _check_place(self, parents: Parents) -> None:
        if self.parent_id and self.parent_id not in parents:
            raise Invalid("PARENT_UNKNOWN", field="business_unit.parent_id", id=self.parent_id)
        moved = {**parents, self.id: self.parent_id}
        if max(_depth(unit, moved) for unit in descendants(self.id, moved)) > DEEPEST:
            raise Invalid("TREE_TOO_DEEP", field="business_unit.parent_id", most=DEEPEST)


def descendants(unit_id: str, parents: Parents) -> tuple[str, ...]:
    """The unit and all below it, nearest first. ("",) has no meaning: () for an empty id."""
    if not unit_id:
        return ()
    found = [unit_id]
    for unit in found:
        found.extend(sorted(child for child, parent in parents.items() if parent == unit))
    return tuple(found)


def _depth(unit_id: str, parents: Parents) -> int:
    depth = 0
    while unit_id:
        depth += 1
        unit_id = parents.get(unit_id, "")
    return depth
