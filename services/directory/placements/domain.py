"""What is true of placements: the latest move of a record tells where it lives (PLT-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Placement:
    """Where a record lives that has moved since its birth."""

    id: str
    """The record's, of whatever kind."""
    home_region: str
    since_time: datetime
    move_id: str
    account_id: str
    """The customer whom it moved with."""

    def overrules(self, known: Placement | None) -> bool:
        """Whether this is news. Moves are announced by different regions and may arrive in any order."""
        if known is None:
            return True
        return (self.since_time, self.move_id) > (known.since_time, known.move_id)
