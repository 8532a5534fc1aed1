"""What is true of a programme, and of a span of days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.errors import Invalid


@dataclass
class Programme:
    """A theme under which campaigns run."""

    id: str
    name: str = ""
    description: str = ""
    start_date: str = ""
    end_date: str = ""
    owner_id: str = ""
    team_id: str = ""
    business_unit_id: str = ""
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def revise(self, changes: dict[str, Any]) -> None:
        """Change fields by name. Invalid(END_BEFORE_START)."""
        for name, value in changes.items():
            setattr(self, name, value)
        check_span(self.start_date, self.end_date, "programme.end_date")


def check_span(start_date: str, end_date: str, field: str) -> None:
    """Days are "YYYY-MM-DD", empty means open. Invalid(END_BEFORE_START) names this field."""
    if start_date and end_date and end_date < start_date:
        raise Invalid("END_BEFORE_START", field=field, start_date=start_date, end_date=end_date)
