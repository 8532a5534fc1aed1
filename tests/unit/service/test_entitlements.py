"""Policies, contracts, and by what right a case has its targets."""

from __future__ import annotations

import pytest

from chassis.errors import Denied, Invalid, Refused
from services.service.contracts.domain import Contract, Warranty, decide_entitlement
from services.service.messages.domain import MessageDirection, MessageKind, direction_of
from services.service.sla_policies.domain import (
    ClockKind,
    EntitlementKind,
    EscalationAction,
    EscalationStep,
    SlaPolicy,
    SlaPolicyActivated,
    SlaPolicyState,
    SlaTarget,
)

TODAY = "2026-11-23"
BOTH = {EntitlementKind.DEFAULT: "slap_default", EntitlementKind.WARRANTY: "slap_warranty"}
COVERED = Warranty("ast_1", True)
OVER = Warranty("ast_1", False)


def contract(id: str, start: str, end: str) -> Contract:
    return Contract(id, id, "acc_1", f"slap_{id}", start, end)


NOW = contract("con_now", "2026-01-01", TODAY)
LONG = contract("con_long", TODAY, "2030-01-01")
PAST = contract("con_past", "2020-01-01", "2026-11-22")


@pytest.mark.parametrize(
    ("contracts", "warranty", "policies", "expected"),
    [
        ([NOW, LONG], COVERED, BOTH, ("ENTITLED_BY_CONTRACT", "slap_con_long", "con_long")),
        ([NOW, PAST], None, {}, ("ENTITLED_BY_CONTRACT", "slap_con_now", "con_now")),
        ([PAST], COVERED, BOTH, ("ENTITLED_BY_WARRANTY", "slap_warranty", "ast_1")),
        ([], OVER, BOTH, ("WARRANTY_OVER_SO_DEFAULT", "slap_default", "")),
        ([], None, BOTH, ("NEITHER_CONTRACT_NOR_WARRANTY_SO_DEFAULT", "slap_default", "")),
        ([], None, {}, ("NO_POLICY_IN_FORCE", "", "")),
    ],
)
def test_contract_beats_warranty_beats_default(
    contracts: list[Contract],
    warranty: Warranty | None,
    policies: dict[EntitlementKind, str],
    expected: tuple[str, str, str],
) -> None:
    decided = decide_entitlement(contracts, warranty, policies, TODAY)
    assert (decided.reason, decided.policy_id, decided.source_id) == expected


def policy(**fields: object) -> SlaPolicy:
    made = SlaPolicy(
        "slap_1", "Gold", EntitlementKind.CONTRACT, "cal_1", (SlaTarget("high", 30, 60, 90),)
    )
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def test_a_policy_is_frozen_once_active() -> None:
    gold = policy()
    assert gold.activate() == SlaPolicyActivated("slap_1", "contract")
    for act in (gold.require_draft, lambda: gold.activate()):
        with pytest.raises(Refused, match="SLA_POLICY_NOT_DRAFT"):
            act()
    gold.retire()
    assert (gold.state, gold.active_slot) == (SlaPolicyState.RETIRED, None)
    with pytest.raises(Refused, match="SLA_POLICY_NOT_ACTIVE"):
        gold.retire()


@pytest.mark.parametrize(
    ("kind", "slot"),
    [
        (EntitlementKind.CONTRACT, "slap_1"),
        (EntitlementKind.DEFAULT, "default"),
        (EntitlementKind.WARRANTY, "warranty"),
    ],
)
def test_default_and_warranty_policy_are_one_each(kind: EntitlementKind, slot: str) -> None:
    made = policy(entitlement_kind=kind)
    assert made.active_slot is None
    made.activate()
    assert made.active_slot == slot


def test_targets_are_per_priority_and_kind() -> None:
    assert policy().target_minutes(ClockKind.UPDATE, "high") == 60
    assert policy().target_minutes(ClockKind.UPDATE, "low") == 0


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"targets": (SlaTarget("high"), SlaTarget("high"))}, "TARGET_TWICE"),
        (
            {
                "escalation_steps": (
                    EscalationStep(ClockKind.UPDATE, 50, EscalationAction.NOTIFY_ROLE),
                )
            },
            "ESCALATION_STEP_INCOMPLETE",
        ),
        (
            {
                "escalation_steps": (
                    EscalationStep(
                        ClockKind.UPDATE, 50, EscalationAction.RAISE_PRIORITY, team_id="t"
                    ),
                )
            },
            "ESCALATION_STEP_INCOMPLETE",
        ),
    ],
)
def test_a_policy_that_cannot_be_kept_is_refused(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(Invalid) as refusal:
        policy(**fields).check()
    assert refusal.value.reason == reason


def test_a_contract_needs_a_term_and_an_active_contract_policy() -> None:
    with pytest.raises(Invalid, match="TERM_BACKWARDS"):
        contract("con_1", TODAY, "2026-01-01").check(policy(state=SlaPolicyState.ACTIVE))
    with pytest.raises(Invalid, match="DATE_IMPOSSIBLE"):
        contract("con_1", "2026-02-29", TODAY).check(policy(state=SlaPolicyState.ACTIVE))
    with pytest.raises(Refused, match="SLA_POLICY_NOT_FOR_CONTRACTS"):
        NOW.check(policy())
    NOW.check(policy(state=SlaPolicyState.ACTIVE))


def test_which_way_messages_go() -> None:
    public, note = MessageKind
    unsaid, inbound, outbound = MessageDirection
    assert direction_of(public, unsaid, by_customer=False) is outbound
    assert direction_of(public, inbound, by_customer=False) is inbound
    assert direction_of(public, outbound, by_customer=True) is inbound
    assert direction_of(note, unsaid, by_customer=False) is unsaid
    with pytest.raises(Denied, match="NOTE_BY_CUSTOMER"):
        direction_of(note, unsaid, by_customer=True)
    with pytest.raises(Invalid, match="NOTE_WITH_DIRECTION"):
        direction_of(note, inbound, by_customer=False)
