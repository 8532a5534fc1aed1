"""Who gets a lead, and why: territory, skill, in turn or least busy, daily quota (MKT-3). Pure Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from services.marketing.leads.domain import FIRST_RESPONSE, Lead


class AssignmentStrategy(StrEnum):
    """How a rule chooses among its members."""

    ROUND_ROBIN = "round_robin"
    LEAST_BUSY = "least_busy"


class AssignmentOutcome(StrEnum):
    """What was found about a rule or a member."""

    CHOSEN = "chosen"
    DISABLED = "disabled"
    COUNTRY_DIFFERS = "country_differs"
    SOURCE_DIFFERS = "source_differs"
    CAMPAIGN_DIFFERS = "campaign_differs"
    SKILL_MISSING = "skill_missing"
    QUOTA_REACHED = "quota_reached"
    NOBODY_FREE = "nobody_free"


@dataclass(frozen=True)
class AssignmentMember:
    """Somebody who can get leads by a rule."""

    user_id: str
    team_id: str = ""
    business_unit_id: str = ""
    daily_quota: int = 0
    skills: tuple[str, ...] = ()


@dataclass
class AssignmentRule:
    """Who gets which leads."""

    id: str
    name: str = ""
    position: int = 0
    disabled: bool = False
    countries: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    campaign_ids: tuple[str, ...] = ()
    skill: str = ""
    strategy: AssignmentStrategy = AssignmentStrategy.ROUND_ROBIN
    members: tuple[AssignmentMember, ...] = ()
    first_response_minutes: int = 0
    #: Who got the last lead; the next in turn comes after.
    last_user_id: str = ""
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def revise(self, changes: dict[str, Any]) -> None:
        """Change fields by name."""
        for name, value in changes.items():
            setattr(self, name, value)

    def first_response_within(self) -> timedelta:
        """How soon a lead of this rule should be reacted to."""
        return timedelta(minutes=self.first_response_minutes) or FIRST_RESPONSE

    def in_turn(self) -> list[AssignmentMember]:
        """The members, beginning behind the one who got the last lead."""
        users = [member.user_id for member in self.members]
        start = users.index(self.last_user_id) + 1 if self.last_user_id in users else 0
        return [*self.members[start:], *self.members[:start]]


@dataclass(frozen=True)
class AssignmentStep:
    """One thing that was looked at; an empty user_id means the rule as a whole."""

    rule_id: str
    user_id: str
    outcome: AssignmentOutcome
    detail: str = ""


@dataclass(frozen=True)
class Decision:
    """Who gets a lead by which rule, or nobody, and all that was looked at."""

    rule: AssignmentRule | None
    member: AssignmentMember | None
    steps: tuple[AssignmentStep, ...]


def decide(
    lead: Lead,
    rules: Sequence[AssignmentRule],
    *,
    open_leads: Mapping[str, int],
    given_today: Mapping[str, int],
) -> Decision:
    """Who gets this lead. rules: in their order; open_leads and given_today: counts by user id."""
    steps: list[AssignmentStep] = []
    for rule in rules:
        misfit = _misfit(rule, lead)
        if misfit is not None:
            steps.append(misfit)
            continue
        member = _choose(rule, open_leads, given_today, steps)
        if member is not None:
            return Decision(rule, member, tuple(steps))
        steps.append(AssignmentStep(rule.id, "", AssignmentOutcome.NOBODY_FREE))
    return Decision(None, None, tuple(steps))


def _misfit(rule: AssignmentRule, lead: Lead) -> AssignmentStep | None:
    if rule.disabled:
        return AssignmentStep(rule.id, "", AssignmentOutcome.DISABLED)
    compared = (
        (rule.countries, lead.country, AssignmentOutcome.COUNTRY_DIFFERS),
        (rule.sources, lead.source, AssignmentOutcome.SOURCE_DIFFERS),
        (rule.campaign_ids, lead.campaign_id, AssignmentOutcome.CAMPAIGN_DIFFERS),
    )
    for wanted, found, outcome in compared:
        if wanted and found not in wanted:
            return AssignmentStep(rule.id, "", outcome, found)
    return None


def _choose(
    rule: AssignmentRule,
    open_leads: Mapping[str, int],
    given_today: Mapping[str, int],
    steps: list[AssignmentStep],
) -> AssignmentMember | None:
    free: list[AssignmentMember] = []
    for member in rule.in_turn():
        step = _hindrance(rule, member, given_today.get(member.user_id, 0))
        if step is None:
            free.append(member)
        else:
            steps.append(step)
    if not free:
        return None
    chosen = free[0]
    detail = "next in turn"
    if rule.strategy is AssignmentStrategy.LEAST_BUSY:
        chosen = min(free, key=lambda member: open_leads.get(member.user_id, 0))
        detail = f"{open_leads.get(chosen.user_id, 0)} open leads"
    steps.append(AssignmentStep(rule.id, chosen.user_id, AssignmentOutcome.CHOSEN, detail))
    return chosen


def _hindrance(
    rule: AssignmentRule, member: AssignmentMember, given_today: int
) -> AssignmentStep | None:
    if rule.skill and rule.skill not in member.skills:
        return AssignmentStep(rule.id, member.user_id, AssignmentOutcome.SKILL_MISSING, rule.skill)
    if member.daily_quota and given_today >= member.daily_quota:
        used = f"{given_today} of {member.daily_quota} today"
        return AssignmentStep(rule.id, member.user_id, AssignmentOutcome.QUOTA_REACHED, used)
    return None
