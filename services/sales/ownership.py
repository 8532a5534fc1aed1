"""Whose a record is: the person, the team and the business unit that row visibility looks at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(kw_only=True)
class Owned:
    """A record that belongs to somebody."""

    owner_id: str = ""
    team_id: str = ""
    business_unit_id: str = ""

    def assign(self, owner_id: str, team_id: str = "", business_unit_id: str = "") -> None:
        """Say whose it is; an empty team or business unit stays as it is."""
        self.owner_id = owner_id
        self.team_id = team_id or self.team_id
        self.business_unit_id = business_unit_id or self.business_unit_id
