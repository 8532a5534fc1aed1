"""Days as the API writes them: "YYYY-MM-DD"."""

from __future__ import annotations

from datetime import date

from chassis.errors import Invalid


def parse_day(text: str, *, field: str) -> date:
    """The day that a text names. Invalid(DATE_INVALID) for one that no calendar has."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("DATE_INVALID", field=field, value=text) from error
