"""The short names of protobuf's enum values: ``LEAD_STATE_NEW`` is ``"new"`` everywhere else."""

from __future__ import annotations

from functools import cache

from google.protobuf.descriptor import EnumDescriptor


@cache
def enum_numbers(enum: EnumDescriptor) -> dict[str, int]:
    """``{"": 0, "new": 1, …}``: the short names of an enum's values and their numbers."""
    prefix = _enum_prefix(enum)
    numbers = {value.name.removeprefix(prefix).lower(): value.number for value in enum.values}
    numbers[""] = 0
    return numbers


@cache
def enum_names(enum: EnumDescriptor) -> dict[int, str]:
    """The inverse of enum_numbers; the unspecified value is ""."""
    return {number: name for name, number in enum_numbers(enum).items() if number} | {0: ""}


def _enum_prefix(enum: EnumDescriptor) -> str:
    return enum.values[0].name.removesuffix("UNSPECIFIED")
