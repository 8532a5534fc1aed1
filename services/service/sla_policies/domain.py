"""SLA policies: what is promised, in which hours, and who hears when time runs out (SVC-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chassis.errors import Invalid, Refused


class EntitlementKind(StrEnum):
    """By what right a case has its targets."""

    DEFAULT = "default"
    WARRANTY = "warranty"
    CONTRACT = "contract"


class SlaPolicyState(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"


class ClockKind(StrEnum):
    FIRST_RESPONSE = "first_response"
    UPDATE = "update"
    RESOLUTION = "resolution"


class EscalationAction(StrEnum):
    NOTIFY_ROLE = "notify_role"
    RAISE_PRIORITY = "raise_priority"
    REASSIGN_TEAM = "reassign_team"


@dataclass(frozen=True)
class SlaTarget:
    """Working minutes promised for one case priority; 0 promises nothing."""

    priority: str
    first_response_minutes: int = 0
    update_minutes: int = 0
    resolution_minutes: int = 0

    def minutes(self, kind: ClockKind) -> int:
        """The promise for one kind of clock."""
        return {
            ClockKind.FIRST_RESPONSE: self.first_response_minutes,
            ClockKind.UPDATE: self.update_minutes,
            ClockKind.RESOLUTION: self.resolution_minutes,
        }[kind]


@dataclass(frozen=True)
class EscalationStep:
    """Done once per clock of this kind, when at_percent of its target is used up."""

    clock_kind: ClockKind
    at_percent: int
    action: EscalationAction
    role: str = ""
    team_id: str = ""

    @property
    def complete(self) -> bool:
        """Whether the action knows on whom, and says nothing that it does not use."""
        return (bool(self.role) == (self.action is EscalationAction.NOTIFY_ROLE)) and (
            bool(self.team_id) == (self.action is EscalationAction.REASSIGN_TEAM)
        )


@dataclass(frozen=True)
class SlaPolicyActivated:
    sla_policy_id: str
    entitlement_kind: str


@dataclass(frozen=True)
class SlaPolicyRetired:
    sla_policy_id: str
    entitlement_kind: str


@dataclass
class SlaPolicy:
    """Editable while a draft; frozen once active, so that every promise made can still be shown."""

    id: str
    name: str
    entitlement_kind: EntitlementKind
    calendar_id: str
    targets: tuple[SlaTarget, ...]
    escalation_steps: tuple[EscalationStep, ...] = ()
    pausing_reasons: tuple[str, ...] = ()
    state: SlaPolicyState = SlaPolicyState.DRAFT
    # What at most one policy may hold: the default and the warranty policy are one each.
    active_slot: str | None = None
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def check(self) -> None:
        """Raise Invalid unless each priority has one target and each step all that it needs."""
        if len({target.priority for target in self.targets}) < len(self.targets):
            raise Invalid("TARGET_TWICE", field="sla_policy.targets.priority")
        for step in self.escalation_steps:
            if not step.complete:
                raise Invalid(
                    "ESCALATION_STEP_INCOMPLETE",
                    field="sla_policy.escalation_steps",
                    action=step.action,
                )

    def require_draft(self) -> None:
        """Raise Refused unless it may still be changed or deleted."""
        if self.state is not SlaPolicyState.DRAFT:
            raise Refused("SLA_POLICY_NOT_DRAFT", state=self.state)

    def activate(self) -> SlaPolicyActivated:
        """Put it in force for new cases."""
        self.require_draft()
        self.state = SlaPolicyState.ACTIVE
        shared = self.entitlement_kind is not EntitlementKind.CONTRACT
        self.active_slot = self.entitlement_kind.value if shared else self.id
        return SlaPolicyActivated(self.id, self.entitlement_kind)

    def retire(self) -> SlaPolicyRetired:
        """Take it out of force for new cases; running clocks keep it."""
        if self.state is not SlaPolicyState.ACTIVE:
            raise Refused("SLA_POLICY_NOT_ACTIVE", state=self.state)
        self.state = SlaPolicyState.RETIRED
        self.active_slot = None
        return SlaPolicyRetired(self.id, self.entitlement_kind)

    def target_minutes(self, kind: ClockKind, priority: str) -> int:
        """Working minutes promised; 0 if nothing is."""
        for target in self.targets:
            if target.priority == priority:
                return target.minutes(kind)
        return 0

    def steps(self, kind: ClockKind) -> tuple[EscalationStep, ...]:
        """The steps of one kind of clock, earliest first."""
        steps = [step for step in self.escalation_steps if step.clock_kind is kind]
        return tuple(sorted(steps, key=lambda step: step.at_percent))
