"""Texts that say where somebody is in a list or feed: clients send them back and do not look inside."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import orjson


def written(values: Sequence[str | None]) -> str:
    """The values as one text of letters, digits, "-" and "_"."""
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def read(text: str) -> list[str | None]:
    """The values in such a text. Raises ValueError if it is none."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except TypeError as error:
        raise ValueError from error
    if not isinstance(values, list) or not all(_is_value(value) for value in values):
        raise ValueError
    return values


def _is_value(value: object) -> bool:
    return value is None or (isinstance(value, str) and "\0" not in value)
