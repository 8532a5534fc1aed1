"""What is true of a handover: what a lead or a deal became, and when that can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chassis.errors import Refused
from services.sales.ownership import Owned


class HandoverState(StrEnum):
    """Whether what a handover created still stands."""

    ACCEPTED = "accepted"
    REVERTED = "reverted"


@dataclass(frozen=True)
class HandoverAccepted:
    """Sales took over a lead or a registered deal."""

    handover_id: str
    source_id: str
    lead_id: str
    campaign_id: str
    partner_id: str
    deal_id: str
    account_id: str
    contact_id: str
    opportunity_id: str


@dataclass(frozen=True)
class HandoverReverted:
    """A handover was undone."""

    handover_id: str
    source_id: str
    lead_id: str
    campaign_id: str
    partner_id: str
    deal_id: str


@dataclass
class Handover(Owned):
    """A lead or a registered deal, handed over to sales."""

    id: str
    source_id: str = ""
    lead_id: str = ""
    campaign_id: str = ""
    partner_id: str = ""
    deal_id: str = ""
    account_id: str = ""
    account_created: bool = False
    contact_id: str = ""
    contact_created: bool = False
    contact_joined: bool = False
    opportunity_id: str = ""
    opportunity_created: bool = False
    state: HandoverState = HandoverState.ACCEPTED
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def accept(self) -> HandoverAccepted:
        """Announce what came of it."""
        return HandoverAccepted(
            self.id,
            **self._origin(),
            account_id=self.account_id,
            contact_id=self.contact_id,
            opportunity_id=self.opportunity_id,
        )

    def revert(self, happened: Sequence[str]) -> HandoverReverted | None:
        """Undo it; None if it is undone already.

        `happened` names what happened since to what it created, for example "contact_changed".
        Errors: Refused(HANDOVER_IN_USE) if anything did.
        """
        if self.state is HandoverState.REVERTED:
            return None
        if happened:
            raise Refused("HANDOVER_IN_USE", happened=", ".join(happened))
        self.state = HandoverState.REVERTED
        return HandoverReverted(self.id, **self._origin())

    def _origin(self) -> dict[str, str]:
        names = ("source_id", "lead_id", "campaign_id", "partner_id", "deal_id")
        return {name: getattr(self, name) for name in names}
