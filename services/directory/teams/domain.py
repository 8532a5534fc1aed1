"""What is true of teams (PLT-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.errors import Refused


@dataclass(frozen=True)
class TeamCreated:
    """A team was added."""

    team_id: str
    business_unit_id: str


@dataclass(frozen=True)
class TeamMemberAdded:
    """A user came into a team."""

    team_id: str
    user_id: str


@dataclass(frozen=True)
class TeamMemberRemoved:
    """A user left a team."""

    team_id: str
    user_id: str


@dataclass(frozen=True)
class TeamDeleted:
    """A team was removed."""

    team_id: str


@dataclass
class Team:
    """People who work on the same records."""

    id: str
    name: str = ""
    business_unit_id: str = ""
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def create(self) -> TeamCreated:
        """Announce a new team."""
        return TeamCreated(self.id, self.business_unit_id)

    def revise(self, changes: dict[str, Any]) -> None:
        """Change fields by name."""
        for name, value in changes.items():
            setattr(self, name, value)

    def delete(self, *, has_members: bool) -> TeamDeleted:
        """Refused(TEAM_IN_USE) while somebody is in it."""
        if has_members:
            raise Refused("TEAM_IN_USE")
        return TeamDeleted(self.id)
