"""Cases: what a customer needs from us, from new to closed (SVC-1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

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
    complaint: Complaint = field(default_factory=Complaint)
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
    create_time: datetime | None = None
    update_time: datetime | None = None
    version: int = 1

    def create(self, at: datetime) -> CaseCreated:
        """Open the case."""
        if not self.account_id:
            raise Invalid("ACCOUNT_MISSING", field="case.account_id")
        self.create_time = self.update_time = at
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

    def change(self, changes: dict[str, object], at: datetime) -> None:
        """Set descriptive fields by name. A complaint stays one: its sign-off cannot be evaded."""
        self.require_going()
        if self.kind is CaseKind.COMPLAINT and changes.get("kind", self.kind) != self.kind:
            raise Refused("COMPLAINT_STAYS_COMPLAINT")
        for name, value in changes.items():
            setattr(self, name, value)
        self.update_time = at

    def investigate(self, root_cause: str, remedy: str, at: datetime) -> None:
        """Set root cause and remedy of a complaint; a sign-off of others is taken away."""
        self._require_complaint()
        self.complaint.investigate(root_cause, remedy)
        self.update_time = at

    def assign(self, owner_id: str, team_id: str, at: datetime) -> CaseAssigned:
        """Give it to a person, a team, or both; without a team the team stays."""
        self.require_going()
        if not owner_id and not team_id:
            raise Invalid("ASSIGNEE_MISSING", field="owner_id")
        self.owner_id = owner_id
        self.team_id = team_id or self.team_id
        if self.state is CaseState.NEW:
            self.state = CaseState.OPEN
        self.update_time = at
        return CaseAssigned(self.id, self.owner_id, self.team_id)

    def prioritize(self, priority: CasePriority, at: datetime) -> CasePrioritized:
        """Make it more or less urgent."""
        self.require_going()
        old, self.priority = self.priority, priority
        self.update_time = at
        return CasePrioritized(self.id, priority, old)

    def hold(self, reason: PendingReason, at: datetime) -> CaseHeld:
        """Wait for somebody."""
        self._require_workable()
        self._move(CaseState.PENDING, at, reason)
        return CaseHeld(self.id, reason)

    def resume(self, at: datetime) -> CaseResumed:
        """Go on with a pending case."""
        if self.state is not CaseState.PENDING:
            raise Refused("CASE_NOT_PENDING", state=self.state)
        self._move(CaseState.OPEN, at)
        return CaseResumed(self.id)

    def resolve(self, resolution: str, at: datetime) -> CaseResolved:
        """Say what was done; pending cases can be resolved too."""
        if self.state is not CaseState.PENDING:
            self._require_workable()
        self._move(CaseState.RESOLVED, at)
        self.resolution = resolution
        self.resolve_time = at
        return CaseResolved(self.id, self.account_id, at)

    def close(self, at: datetime) -> CaseClosed:
        """End a resolved case; a complaint only when nothing is missing."""
        if self.state is not CaseState.RESOLVED:
            raise Refused("CASE_NOT_RESOLVED", state=self.state)
        if self.kind is CaseKind.COMPLAINT:
            self.complaint.require_signed_off()
        self._move(CaseState.CLOSED, at)
        self.close_time = at
        return CaseClosed(self.id, self.account_id, at)

    def reopen(self, at: datetime) -> CaseReopened:
        """Go on with what was not solved after all; a complaint needs a new sign-off."""
        if self.state not in (CaseState.RESOLVED, CaseState.CLOSED):
            raise Refused("CASE_NOT_REOPENABLE", state=self.state)
        self._move(CaseState.REOPENED, at)
        self.resolution = ""
        self.resolve_time = self.close_time = None
        self.complaint.withdraw_sign_off()
        self.reopen_count += 1
        return CaseReopened(self.id, self.account_id, self.reopen_count)

    def answer(self, at: datetime) -> CaseAnswered | None:
        """Note a public reply to the customer; an event only for the first one."""
        self.require_going()
        self.update_time = at
        if self.state is CaseState.NEW:
            self.state = CaseState.OPEN
        if self.first_response_time:
            return None
        self.first_response_time = at
        return CaseAnswered(self.id, at)

    def hear(self, at: datetime) -> CaseResumed | CaseReopened | None:
        """Note a customer's message: it ends waiting for the customer and undoes a resolution."""
        self.require_going()
        self.update_time = at
        if self.pending_reason is PendingReason.CUSTOMER:
            return self.resume(at)
        if self.state is CaseState.RESOLVED:
            return self.reopen(at)
        return None

    def acknowledge(self, acknowledgement: str, at: datetime) -> CaseAcknowledged:
        """Record what the customer was told when we took the complaint in."""
        self._require_complaint()
        self.complaint.acknowledge(acknowledgement, at)
        self.update_time = at
        return CaseAcknowledged(self.id, at)

    def sign_off(self, by_id: str, at: datetime) -> CaseSignedOff:
        """Accept root cause and remedy."""
        self._require_complaint()
        self.complaint.sign_off(by_id, at)
        self.update_time = at
        return CaseSignedOff(self.id, by_id, at)

    def attach(self, parent: Case | None, has_children: bool, at: datetime) -> CaseAttached:
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
        self.update_time = at
        return CaseAttached(self.id, self.parent_id)

    def merge(self, into: Case, at: datetime) -> CaseMerged:
        """End it as a duplicate of `into`, which takes over conversation and children."""
        self.require_going()
        if into.id == self.id:
            raise Invalid("MERGE_INTO_SELF", field="into_id")
        if into.state in OVER:
            raise Refused("MERGE_TARGET_CLOSED", state=into.state)
        if into.account_id != self.account_id:
            raise Refused("MERGE_ACCOUNTS_DIFFER")
        self._move(CaseState.MERGED, at)
        self.merged_into_id = into.id
        if into.parent_id == self.id:
            into.parent_id = ""
        into.update_time = at
        return CaseMerged(self.id, into.id)

    def split(self, new_id: str, subject: str, at: datetime) -> tuple[Case, CaseCreated, CaseSplit]:
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
        )
        self.update_time = at
        return part, part.create(at), CaseSplit(self.id, new_id)

    def _move(
        self, state: CaseState, at: datetime, pending_reason: PendingReason | None = None
    ) -> None:
        self.state = state
        self.pending_reason = pending_reason
        self.update_time = at

    def _require_workable(self) -> None:
        if self.state not in WORKABLE:
            raise Refused("CASE_NOT_WORKABLE", state=self.state)

    def _require_complaint(self) -> None:
        self.require_going()
        if self.kind is not CaseKind.COMPLAINT:
            raise Refused("CASE_NOT_COMPLAINT", kind=self.kind)


def account_of_new_case(named: str, own: str) -> str:
    """The account that a new case belongs to: a customer's own, else the one named.

    `own` is the account of a calling customer, empty for staff. Denied if a customer names another.
    """
    if own and named not in ("", own):
        raise Denied("FOREIGN_ACCOUNT")
    return own or named
