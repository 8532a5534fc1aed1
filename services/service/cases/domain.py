"""Cases: what a customer needs from us, from new to closed (SVC-1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chassis.errors import Denied, Invalid, Refused
from services.service.cases.complaints import Complaint
from services.service.cases.facts import (
    CaseAcknowledged,
    CaseAnswered,
    CaseAssigned,
    CaseAttached,
    CaseChannel,
    CaseClosed,
    CaseCreated,
    CaseHeld,
    CaseKind,
    CaseMerged,
    CasePrioritized,
    CasePriority,
    CaseReopened,
    CaseResolved,
    CaseResumed,
    CaseSignedOff,
    CaseSplit,
    CaseState,
    PendingReason,
)
from services.service.contracts.domain import NOT_ENTITLED, Entitlement
from services.service.sla_policies.domain import EscalationAction, EscalationStep

# A resolved case that nobody reopens is closed after this time.
AUTO_CLOSE_AFTER = timedelta(days=7)
WORKABLE = (CaseState.NEW, CaseState.OPEN, CaseState.REOPENED)
OVER = (CaseState.CLOSED, CaseState.MERGED)


@dataclass
class Case:
    """One case. Only verbs change its state; each returns what it announces."""

    id: str
    subject: str
    account_id: str
    description: str = ""
    kind: CaseKind = CaseKind.QUESTION
    category: str = ""
    channel: CaseChannel = CaseChannel.WEB
    priority: CasePriority = CasePriority.NORMAL
    contact_id: str = ""
    asset_id: str = ""
    account_verified: bool = True
    state: CaseState = CaseState.NEW
    pending_reason: PendingReason | None = None
    owner_id: str = ""
    team_id: str = ""
    business_unit_id: str = ""
    resolution: str = ""
    complaint: Complaint | None = None
    parent_id: str = ""
    merged_into_id: str = ""
    split_from_id: str = ""
    reopen_count: int = 0
    escalation_count: int = 0
    due_time: datetime | None = None
    breached: bool = False
    entitlement: Entitlement = NOT_ENTITLED
    first_response_time: datetime | None = None
    resolve_time: datetime | None = None
    close_time: datetime | None = None
    auto_close_time: datetime | None = None
    extensions: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def create(self) -> CaseCreated:
        """Open the case."""
        if not self.account_id:
            raise Invalid("ACCOUNT_MISSING", field="case.account_id")
        self._open_complaint()
        return CaseCreated(
            self.id,
            self.kind,
            self.priority,
            self.channel,
            self.account_id,
            self.contact_id,
            self.asset_id,
            self.parent_id,
        )

    def require_going(self) -> None:
        """Raise Refused once the case is closed or merged."""
        if self.state in OVER:
            raise Refused("CASE_CLOSED", state=self.state)

    def change(self, changes: dict[str, object]) -> None:
        """Set descriptive fields by name. A complaint stays one: its sign-off cannot be evaded."""
        self.require_going()
        found = changes.pop("complaint", None)
        if self.kind is CaseKind.COMPLAINT and changes.get("kind", self.kind) != self.kind:
            raise Refused("COMPLAINT_STAYS_COMPLAINT")
        for name, value in changes.items():
            setattr(self, name, value)
        self._open_complaint()
        if isinstance(found, Complaint):
            self._complaint().investigate(found.root_cause, found.remedy)
        self._plan_auto_close()

    def assign(self, owner_id: str, team_id: str) -> CaseAssigned:
        """Give it to a person, a team, or both; without a team the team stays."""
        self.require_going()
        if not owner_id and not team_id:
            raise Invalid("ASSIGNEE_MISSING", field="owner_id")
        self.owner_id = owner_id
        self.team_id = team_id or self.team_id
        if self.state is CaseState.NEW:
            self.state = CaseState.OPEN
        return CaseAssigned(self.id, self.owner_id, self.team_id)

    def prioritize(self, priority: CasePriority) -> CasePrioritized:
        """Make it more or less urgent."""
        self.require_going()
        old, self.priority = self.priority, priority
        return CasePrioritized(self.id, priority, old)

    def escalate(self, step: EscalationStep) -> list[CasePrioritized | CaseAssigned]:
        """Do to the case what an escalation step says; notifying changes nothing here."""
        self.escalation_count += 1
        if step.action is EscalationAction.RAISE_PRIORITY and self.priority.raised != self.priority:
            return [self.prioritize(self.priority.raised)]
        if step.action is EscalationAction.REASSIGN_TEAM:
            return [self.assign("", step.team_id)]
        return []

    def hold(self, reason: PendingReason) -> CaseHeld:
        """Wait for somebody."""
        self._require_workable()
        self._move(CaseState.PENDING, reason)
        return CaseHeld(self.id, reason)

    def resume(self) -> CaseResumed:
        """Go on with a pending case."""
        if self.state is not CaseState.PENDING:
            raise Refused("CASE_NOT_PENDING", state=self.state)
        self._move(CaseState.OPEN)
        return CaseResumed(self.id)

    def resolve(self, resolution: str, at: datetime) -> CaseResolved:
        """Say what was done; pending cases can be resolved too."""
        if self.state is not CaseState.PENDING:
            self._require_workable()
        self._move(CaseState.RESOLVED)
        self.resolution = resolution
        self.resolve_time = at
        self._plan_auto_close()
        return CaseResolved(self.id, self.account_id, at)

    def close(self, at: datetime) -> CaseClosed:
        """End a resolved case; a complaint only when nothing is missing."""
        if self.state is not CaseState.RESOLVED:
            raise Refused("CASE_NOT_RESOLVED", state=self.state)
        if self.complaint:
            self.complaint.require_signed_off()
        self._move(CaseState.CLOSED)
        self.close_time = at
        return CaseClosed(self.id, self.account_id, at)

    def reopen(self) -> CaseReopened:
        """Go on with what was not solved after all; a complaint needs a new sign-off."""
        if self.state not in (CaseState.RESOLVED, CaseState.CLOSED):
            raise Refused("CASE_NOT_REOPENABLE", state=self.state)
        self._move(CaseState.REOPENED)
        self.resolution = ""
        self.resolve_time = self.close_time = None
        if self.complaint:
            self.complaint.withdraw_sign_off()
        self.reopen_count += 1
        return CaseReopened(self.id, self.account_id, self.reopen_count)

    def answer(self, at: datetime) -> CaseAnswered | None:
        """Note a public reply to the customer; an event only for the first one."""
        self.require_going()
        if self.state is CaseState.NEW:
            self.state = CaseState.OPEN
        if self.first_response_time:
            return None
        self.first_response_time = at
        return CaseAnswered(self.id, at)

    def hear(self) -> CaseResumed | CaseReopened | None:
        """Note a customer's message: it ends waiting for the customer and undoes a resolution."""
        self.require_going()
        if self.pending_reason is PendingReason.CUSTOMER:
            return self.resume()
        if self.state is CaseState.RESOLVED:
            return self.reopen()
        return None

    def acknowledge(self, acknowledgement: str, at: datetime) -> CaseAcknowledged:
        """Record what the customer was told when we took the complaint in."""
        self._complaint().acknowledge(acknowledgement, at)
        return CaseAcknowledged(self.id, at)

    def sign_off(self, by_id: str, at: datetime) -> CaseSignedOff:
        """Accept root cause and remedy."""
        self._complaint().sign_off(by_id, at)
        self._plan_auto_close()
        return CaseSignedOff(self.id, by_id, at)

    def attach(self, parent: Case | None, has_children: bool) -> CaseAttached:
        """Make it part of another case, or of none. Trees are two levels deep."""
        self.require_going()
        if parent is not None:
            if parent.id == self.id:
                raise Invalid("PARENT_IS_SELF", field="parent_id")
            if parent.parent_id:
                raise Refused("PARENT_IS_CHILD", parent_id=parent.parent_id)
            if has_children:
                raise Refused("CASE_HAS_CHILDREN")
        self.parent_id = parent.id if parent else ""
        return CaseAttached(self.id, self.parent_id)

    def merge(self, into: Case) -> CaseMerged:
        """End it as a duplicate of `into`, which takes over conversation and children."""
        self.require_going()
        if into.id == self.id:
            raise Invalid("MERGE_INTO_SELF", field="into_id")
        if into.state in OVER:
            raise Refused("MERGE_TARGET_CLOSED", state=into.state)
        if into.account_id != self.account_id:
            raise Refused("MERGE_ACCOUNTS_DIFFER")
        self._move(CaseState.MERGED)
        self.merged_into_id = into.id
        return CaseMerged(self.id, into.id)

    def follow(self, merged: Case, into: Case) -> CaseAttached:
        """Go with its parent's work: become part of the case that `merged`, its parent, went into.

        Trees stay two levels deep, and `into` itself becomes the top if it was a child like this one.
        """
        top = into.id if into.parent_id in ("", merged.id) else into.parent_id
        self.parent_id = "" if self.id == top else top
        return CaseAttached(self.id, self.parent_id)

    def split(self, new_id: str, subject: str) -> tuple[Case, CaseCreated, CaseSplit]:
        """A new case of the same customer, asset and urgency, and what is announced of both."""
        self.require_going()
        part = Case(
            new_id,
            subject,
            self.account_id,
            kind=self.kind,
            category=self.category,
            channel=self.channel,
            priority=self.priority,
            contact_id=self.contact_id,
            asset_id=self.asset_id,
            account_verified=self.account_verified,
            owner_id=self.owner_id,
            team_id=self.team_id,
            business_unit_id=self.business_unit_id,
            split_from_id=self.id,
            extensions=dict(self.extensions),
        )
        return part, part.create(), CaseSplit(self.id, new_id)

    def _move(self, state: CaseState, pending_reason: PendingReason | None = None) -> None:
        self.state = state
        self.pending_reason = pending_reason
        if state is not CaseState.RESOLVED:
            self.auto_close_time = None

    def _plan_auto_close(self) -> None:
        """A resolved case closes by itself; a complaint only once it is signed off."""
        self.auto_close_time = None
        incomplete = self.complaint is not None and not self.complaint.sign_off_time
        if self.resolve_time and not incomplete:
            self.auto_close_time = self.resolve_time + AUTO_CLOSE_AFTER

    def _require_workable(self) -> None:
        if self.state not in WORKABLE:
            raise Refused("CASE_NOT_WORKABLE", state=self.state)

    def _open_complaint(self) -> None:
        """A complaint has a place for its fields; no other case has."""
        if self.kind is CaseKind.COMPLAINT:
            self.complaint = self.complaint or Complaint()
        elif self.complaint:
            raise Refused("CASE_NOT_COMPLAINT", kind=self.kind)

    def _complaint(self) -> Complaint:
        self.require_going()
        if self.complaint is None:
            raise Refused("CASE_NOT_COMPLAINT", kind=self.kind)
        return self.complaint


def account_of_new_case(named: str, own: str) -> str:
    """The account that a new case belongs to: a customer's own, else the one named.

    `own` is the account of a calling customer, empty for staff. Denied if a customer names another.
    """
    if own and named not in ("", own):
        raise Denied("FOREIGN_ACCOUNT")
    return own or named
