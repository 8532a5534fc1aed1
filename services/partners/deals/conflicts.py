"""The conflict rules of deal registration, each with its explanation (PRM-4).

A deal can be approved if no other deal protects the same customer and product line, if sales has no
open opportunity there that is direct or of another partner, and if no other partner's registration
that waits for a decision was complete earlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chassis.errors import Refused


class DealRule(StrEnum):
    """A conflict rule."""

    PROTECTED_DEAL = "protected_deal"
    OPEN_OPPORTUNITY = "open_opportunity"
    EARLIER_REGISTRATION = "earlier_registration"
    OTHER_REGION = "other_region"
    """Looked at by the hub alone; see services.partners.clearances."""


#: Why a deal that a rule stands in the way of cannot be approved.
REFUSALS = {
    DealRule.PROTECTED_DEAL: "DEAL_PROTECTED_FOR_OTHER",
    DealRule.OPEN_OPPORTUNITY: "DEAL_OPPORTUNITY_OPEN",
    DealRule.EARLIER_REGISTRATION: "DEAL_EARLIER_REGISTRATION",
    DealRule.OTHER_REGION: "DEAL_PROTECTED_IN_REGION",
}


@dataclass(frozen=True)
class Registration:
    """Another deal for the same customer and product line."""

    deal_id: str
    partner_id: str
    complete_time: datetime
    identifier: str
    """The identifier that both share."""


@dataclass(frozen=True)
class OpenOpportunity:
    """An open opportunity in sales with the same customer for the same product line."""

    opportunity_id: str
    partner_id: str
    """Empty for a direct one."""
    identifier: str = ""


@dataclass(frozen=True)
class DealFinding:
    """What one rule found: clear, or one record in the way."""

    rule: DealRule
    conflict: bool
    conflicting_id: str = ""
    identifier: str = ""


@dataclass(frozen=True)
class Surroundings:
    """All that the rules look at beside the deal itself."""

    protected: Sequence[Registration]
    """Deals that hold protection now."""
    waiting: Sequence[Registration]
    """Deals submitted or under review."""
    opportunities: Sequence[OpenOpportunity]


def examine(
    deal_id: str, partner_id: str, complete_time: datetime, surroundings: Surroundings
) -> tuple[DealFinding, ...]:
    """Apply every rule to a registration. Each rule gives one finding at least."""
    protected = [each for each in surroundings.protected if each.deal_id != deal_id]
    foreign = [each for each in surroundings.opportunities if each.partner_id != partner_id]
    place = (complete_time, deal_id)
    earlier = [
        each
        for each in surroundings.waiting
        if each.partner_id != partner_id and (each.complete_time, each.deal_id) < place
    ]
    return (
        *_findings(DealRule.PROTECTED_DEAL, [(r.deal_id, r.identifier) for r in protected]),
        *_findings(DealRule.OPEN_OPPORTUNITY, [(o.opportunity_id, o.identifier) for o in foreign]),
        *_findings(DealRule.EARLIER_REGISTRATION, [(r.deal_id, r.identifier) for r in earlier]),
    )


def refuse_conflicts(findings: Sequence[DealFinding]) -> None:
    """Refused with the reason of the first finding that stands in the way, if one does."""
    for finding in findings:
        if finding.conflict:
            raise Refused(
                REFUSALS[finding.rule],
                conflicting_id=finding.conflicting_id,
                identifier=finding.identifier,
            )


def _findings(rule: DealRule, conflicts: list[tuple[str, str]]) -> list[DealFinding]:
    if not conflicts:
        return [DealFinding(rule, conflict=False)]
    return [DealFinding(rule, True, record_id, identifier) for record_id, identifier in conflicts]
