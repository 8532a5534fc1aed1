"""Service contracts, and the decision by what right a case has its SLA targets (SVC-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chassis.errors import Invalid, Refused
from services.service.calendars.domain import check_date
from services.service.sla_policies.domain import EntitlementKind, SlaPolicy, SlaPolicyState


@dataclass
class Contract:
    """From start_date to end_date (UTC days, both included) the account's cases follow a policy."""

    id: str
    number: str
    account_id: str
    sla_policy_id: str
    start_date: str
    end_date: str
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def check(self, policy: SlaPolicy) -> None:
        """Raise unless the term runs forwards and the policy is one in force for contracts."""
        check_date(self.start_date, "contract.start_date")
        check_date(self.end_date, "contract.end_date")
        if self.end_date < self.start_date:
            raise Invalid("TERM_BACKWARDS", field="contract.end_date")
        if (policy.entitlement_kind, policy.state) != (
            EntitlementKind.CONTRACT,
            SlaPolicyState.ACTIVE,
        ):
            raise Refused("SLA_POLICY_NOT_FOR_CONTRACTS", sla_policy_id=policy.id)

    def covers(self, day: str) -> bool:
        """Whether the day is within the term."""
        return self.start_date <= day <= self.end_date


@dataclass(frozen=True)
class Warranty:
    """What an asset says of its warranty."""

    asset_id: str
    in_force: bool


class EntitlementReason(StrEnum):
    """Why an entitlement was decided so; keys of messages.toml."""

    CONTRACT_IN_FORCE = "ENTITLED_BY_CONTRACT"
    UNDER_WARRANTY = "ENTITLED_BY_WARRANTY"
    WARRANTY_OVER = "WARRANTY_OVER_SO_DEFAULT"
    NO_CONTRACT_NO_ASSET = "NEITHER_CONTRACT_NOR_WARRANTY_SO_DEFAULT"
    NO_POLICY = "NO_POLICY_IN_FORCE"


@dataclass(frozen=True)
class Entitlement:
    """The decision; no kind and policy_id if nothing is in force. source_id: contract or asset."""

    reason: EntitlementReason
    kind: EntitlementKind | None = None
    policy_id: str = ""
    source_id: str = ""


NOT_ENTITLED = Entitlement(EntitlementReason.NO_POLICY)


def decide_entitlement(
    contracts: Sequence[Contract],
    warranty: Warranty | None,
    policies: dict[EntitlementKind, str],
    on_date: str,
) -> Entitlement:
    """A contract in force beats a warranty, which beats the default.

    Of several contracts the one that lasts longest decides. `policies` holds the ids of the active
    default and warranty policy. A warranty without an active warranty policy counts as none.
    """
    in_force = [contract for contract in contracts if contract.covers(on_date)]
    if in_force:
        best = max(in_force, key=lambda contract: (contract.end_date, contract.id))
        return Entitlement(
            EntitlementReason.CONTRACT_IN_FORCE,
            EntitlementKind.CONTRACT,
            best.sla_policy_id,
            best.id,
        )
    if warranty and warranty.in_force and EntitlementKind.WARRANTY in policies:
        return Entitlement(
            EntitlementReason.UNDER_WARRANTY,
            EntitlementKind.WARRANTY,
            policies[EntitlementKind.WARRANTY],
            warranty.asset_id,
        )
    if EntitlementKind.DEFAULT not in policies:
        return NOT_ENTITLED
    over = warranty is not None and not warranty.in_force
    return Entitlement(
        EntitlementReason.WARRANTY_OVER if over else EntitlementReason.NO_CONTRACT_NO_ASSET,
        EntitlementKind.DEFAULT,
        policies[EntitlementKind.DEFAULT],
    )
