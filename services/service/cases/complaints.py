"""What a complaint needs beyond a case: acknowledgement, root cause, remedy, sign-off (SVC-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chassis.errors import Refused


@dataclass
class Complaint:
    """Empty on a case that is no complaint."""

    acknowledgement: str = ""
    acknowledge_time: datetime | None = None
    root_cause: str = ""
    remedy: str = ""
    signed_off_by_id: str = ""
    sign_off_time: datetime | None = None

    def acknowledge(self, acknowledgement: str, at: datetime) -> None:
        """Record, once, what the customer was told."""
        if self.acknowledge_time:
            raise Refused("COMPLAINT_ACKNOWLEDGED")
        self.acknowledgement = acknowledgement
        self.acknowledge_time = at

    def investigate(self, root_cause: str, remedy: str) -> None:
        """Set root cause and remedy; what was signed off is no longer what stands here."""
        if (root_cause, remedy) != (self.root_cause, self.remedy):
            self.root_cause, self.remedy = root_cause, remedy
            self.withdraw_sign_off()

    def sign_off(self, by_id: str, at: datetime) -> None:
        """Accept root cause and remedy."""
        self._refuse_while(self._missing())
        self.signed_off_by_id = by_id
        self.sign_off_time = at

    def withdraw_sign_off(self) -> None:
        """It has to be signed off anew."""
        self.signed_off_by_id = ""
        self.sign_off_time = None

    def require_signed_off(self) -> None:
        """Raise Refused, naming what is missing, unless all four are there."""
        self._refuse_while(self._missing() + ([] if self.sign_off_time else ["sign_off"]))

    def _missing(self) -> list[str]:
        return [
            name for name in ("acknowledgement", "root_cause", "remedy") if not getattr(self, name)
        ]

    def _refuse_while(self, missing: list[str]) -> None:
        if missing:
            raise Refused("COMPLAINT_INCOMPLETE", missing=", ".join(missing))
