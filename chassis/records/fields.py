"""What the type of a record says about its fields."""

from __future__ import annotations

import dataclasses
import types
import typing
from functools import cache
from typing import Any


@cache
def fields_of(cls: Any) -> tuple[tuple[str, Any], ...]:
    """The fields of a dataclass, in order, with their types."""
    hints = typing.get_type_hints(cls)
    return tuple((each.name, hints[each.name]) for each in dataclasses.fields(cls))


@cache
def without_none(hint: Any) -> Any:
    """The type that a hint allows beside None; the hint itself if it is not of this kind."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        inner = [each for each in typing.get_args(hint) if each is not type(None)]
        return inner[0] if len(inner) == 1 else hint
    return hint
