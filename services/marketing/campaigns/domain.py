"""What is true of a campaign: its states, and the ledger of its budget (MKT-1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.errors import Invalid, Refused
from chassis.money import Money
from services.marketing.programmes.domain import check_span


class CampaignState(StrEnum):
    """How far a campaign has come."""

    DRAFT = "draft"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class BudgetEntryKind(StrEnum):
    """What an entry says about money."""

    PLANNED = "planned"
    COMMITTED = "committed"
    ACTUAL = "actual"


STARTABLE = {CampaignState.APPROVED, CampaignState.PAUSED}
COMPLETABLE = {CampaignState.RUNNING, CampaignState.PAUSED}
OVER = {CampaignState.COMPLETED, CampaignState.CANCELLED}


@dataclass(frozen=True)
class CampaignStateChanged:
    """A campaign moved to another state."""

    campaign_id: str
    from_state: CampaignState
    to_state: CampaignState


@dataclass(frozen=True)
class BudgetEntryAdded:
    """A line was entered in a campaign's budget."""

    budget_entry_id: str
    campaign_id: str
    kind: BudgetEntryKind
    amount: Money


@dataclass(frozen=True)
class BudgetEntry:
    """A line of a budget: added once, never changed."""

    id: str
    campaign_id: str
    kind: BudgetEntryKind
    amount: Money
    entry_date: str
    description: str = ""
    reference: str = ""
    reverses_id: str = ""
    author_id: str = ""
    create_time: datetime | None = None


@dataclass
class Campaign:
    """Something done to win customers; a tactic if it has a parent."""

    id: str
    programme_id: str = ""
    parent_id: str = ""
    name: str = ""
    description: str = ""
    channel: str = ""
    start_date: str = ""
    end_date: str = ""
    currency: str = ""
    state: CampaignState = CampaignState.DRAFT
    #: Sums of the ledger's entries, in minor units of the currency.
    planned_minor: int = 0
    committed_minor: int = 0
    actual_minor: int = 0
    cancel_reason: str = ""
    owner_id: str = ""
    team_id: str = ""
    business_unit_id: str = ""
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None
    #: Whether the ledger has an entry.
    has_entries: bool = field(default=False)

    @property
    def planned(self) -> Money:
        """What may be spent."""
        return Money(self.planned_minor, self.currency)

    @property
    def committed(self) -> Money:
        """What was promised to others."""
        return Money(self.committed_minor, self.currency)

    @property
    def actual(self) -> Money:
        """What was spent."""
        return Money(self.actual_minor, self.currency)

    def revise(self, changes: dict[str, Any]) -> None:
        """Change fields by name. Refused(CAMPAIGN_OVER, CAMPAIGN_CURRENCY_USED); Invalid(END_BEFORE_START)."""
        self._require_going_on()
        if self.has_entries and changes.get("currency", self.currency) != self.currency:
            raise Refused("CAMPAIGN_CURRENCY_USED", currency=self.currency)
        for name, value in changes.items():
            setattr(self, name, value)
        check_span(self.start_date, self.end_date, "campaign.end_date")

    def approve(self) -> CampaignStateChanged:
        """Let it be done. Refused(CAMPAIGN_NOT_DRAFT, CAMPAIGN_UNPLANNED)."""
        self.require_draft()
        if self.planned_minor <= 0:
            raise Refused("CAMPAIGN_UNPLANNED")
        return self._move(CampaignState.APPROVED)

    def start(self) -> CampaignStateChanged:
        """Begin, or go on after a pause. Refused(CAMPAIGN_NOT_STARTABLE)."""
        if self.state not in STARTABLE:
            raise Refused("CAMPAIGN_NOT_STARTABLE", state=self.state)
        return self._move(CampaignState.RUNNING)

    def pause(self) -> CampaignStateChanged:
        """Stop for a while. Refused(CAMPAIGN_NOT_RUNNING)."""
        if self.state is not CampaignState.RUNNING:
            raise Refused("CAMPAIGN_NOT_RUNNING", state=self.state)
        return self._move(CampaignState.PAUSED)

    def complete(self) -> CampaignStateChanged:
        """It is done. Refused(CAMPAIGN_NOT_RUNNING)."""
        if self.state not in COMPLETABLE:
            raise Refused("CAMPAIGN_NOT_RUNNING", state=self.state)
        return self._move(CampaignState.COMPLETED)

    def cancel(self, reason: str) -> CampaignStateChanged:
        """Give it up. Refused(CAMPAIGN_OVER)."""
        self._require_going_on()
        self.cancel_reason = reason
        return self._move(CampaignState.CANCELLED)

    def enter(self, entry: BudgetEntry) -> BudgetEntryAdded:
        """Add a line to the budget.

        Planned money may be entered until the campaign is over; committed and actual money once it is approved,
        actual money (late invoices) even afterwards. Committed never exceeds planned; no sum falls below zero.

        Errors: Invalid(BUDGET_CURRENCY); Refused(CAMPAIGN_NOT_APPROVED, CAMPAIGN_OVER, BUDGET_EXCEEDED,
        BUDGET_NEGATIVE).
        """
        if entry.amount.currency != self.currency:
            raise Invalid(
                "BUDGET_CURRENCY", field="budget_entry.amount.currency", currency=self.currency
            )
        if entry.kind is not BudgetEntryKind.ACTUAL:
            self._require_going_on()
        if entry.kind is not BudgetEntryKind.PLANNED and self.state is CampaignState.DRAFT:
            raise Refused("CAMPAIGN_NOT_APPROVED")
        sums = {kind: getattr(self, f"{kind}_minor") for kind in BudgetEntryKind}
        sums[entry.kind] += entry.amount.amount_minor
        if sums[entry.kind] < 0:
            raise Refused("BUDGET_NEGATIVE", kind=entry.kind)
        if sums[BudgetEntryKind.COMMITTED] > sums[BudgetEntryKind.PLANNED]:
            raise Refused(
                "BUDGET_EXCEEDED", planned=Money(sums[BudgetEntryKind.PLANNED], self.currency)
            )
        setattr(self, f"{entry.kind}_minor", sums[entry.kind])
        self.has_entries = True
        return BudgetEntryAdded(entry.id, self.id, entry.kind, entry.amount)

    def require_draft(self) -> None:
        """Refused(CAMPAIGN_NOT_DRAFT)."""
        if self.state is not CampaignState.DRAFT:
            raise Refused("CAMPAIGN_NOT_DRAFT", state=self.state)

    def _require_going_on(self) -> None:
        if self.state in OVER:
            raise Refused("CAMPAIGN_OVER", state=self.state)

    def _move(self, to: CampaignState) -> CampaignStateChanged:
        moved = CampaignStateChanged(self.id, self.state, to)
        self.state = to
        return moved
