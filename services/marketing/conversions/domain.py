"""What is true of a conversion: a saga in two steps, each of which may be repeated (MKT-3).

pending ──sales took it over──▶ done ──undo──▶ undoing ──sales gave it back──▶ undone
   └────sales refused──▶ failed                   └──sales refused──▶ done
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chassis.errors import Refused
from chassis.money import Money


class ConversionState(StrEnum):
    """How far a conversion has come."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


#: States in which sales owes an answer; the timer asks again.
UNFINISHED = (ConversionState.PENDING, ConversionState.UNDOING)


@dataclass(frozen=True)
class PlannedOpportunity:
    """The opportunity that a conversion opens."""

    name: str
    amount: Money | None = None
    pipeline_id: str = ""
    product_line: str = ""
    expected_close_date: str = ""


@dataclass(frozen=True)
class ConversionPlan:
    """What a lead should become."""

    account_id: str = ""
    contact_id: str = ""
    without_contact: bool = False
    opportunity: PlannedOpportunity | None = None


@dataclass
class Conversion:
    """A qualified lead on its way to sales, and what it became there."""

    id: str
    lead_id: str
    plan: ConversionPlan = field(default_factory=ConversionPlan)
    state: ConversionState = ConversionState.PENDING
    handover_id: str = ""
    account_id: str = ""
    account_created: bool = False
    contact_id: str = ""
    contact_created: bool = False
    opportunity_id: str = ""
    failure_reason: str = ""
    owner_id: str = ""
    team_id: str = ""
    business_unit_id: str = ""
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def complete(
        self,
        *,
        handover_id: str,
        account_id: str,
        account_created: bool,
        contact_id: str,
        contact_created: bool,
        opportunity_id: str,
    ) -> None:
        """Sales has taken the lead over."""
        self.state = ConversionState.DONE
        self.handover_id = handover_id
        self.account_id, self.account_created = account_id, account_created
        self.contact_id, self.contact_created = contact_id, contact_created
        self.opportunity_id = opportunity_id

    def fail(self, reason: str) -> None:
        """Sales has refused the lead for good."""
        self.state, self.failure_reason = ConversionState.FAILED, reason

    def begin_undo(self) -> None:
        """Ask for it back. Refused(CONVERSION_NOT_DONE)."""
        if self.state is not ConversionState.DONE:
            raise Refused("CONVERSION_NOT_DONE", state=self.state)
        self.state = ConversionState.UNDOING

    def keep(self) -> None:
        """Sales has refused to give it back."""
        self.state = ConversionState.DONE

    def undo(self) -> None:
        """Sales has given it back."""
        self.state = ConversionState.UNDONE
