"""Who gets a lead, and why (MKT-3)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.marketing.assignment.domain import (
    AssignmentMember,
    AssignmentOutcome,
    AssignmentRule,
    AssignmentStrategy,
    Decision,
    decide,
)
from services.marketing.leads.domain import Lead

ANN, BOB, CY = (AssignmentMember(name) for name in ("ann", "bob", "cy"))


def rule(*members: AssignmentMember, **fields: Any) -> AssignmentRule:
    return AssignmentRule(id=fields.pop("id", "r1"), members=members, **fields)


def decided(*rules: AssignmentRule, lead: Lead | None = None, **counts: dict[str, int]) -> Decision:
    wanted = lead or Lead(id="lead_1", country="DE", source="fair", campaign_id="camp_1")
    return decide(
        wanted,
        rules,
        open_leads=counts.get("open_leads", {}),
        given_today=counts.get("given_today", {}),
    )


def steps(decision: Decision) -> list[tuple[str, str, str, str]]:
    return [(s.rule_id, s.user_id, s.outcome.value, s.detail) for s in decision.steps]


def test_the_first_rule_that_fits_decides_and_says_why() -> None:
    decision = decided(
        rule(ANN, id="off", disabled=True),
        rule(ANN, id="fr", countries=("FR",)),
        rule(ANN, id="web", sources=("web",)),
        rule(ANN, id="other", campaign_ids=("camp_9",)),
        rule(BOB, id="de", countries=("DE", "AT")),
        rule(CY, id="rest"),
    )

    assert decision.member is BOB
    assert steps(decision) == [
        ("off", "", "disabled", ""),
        ("fr", "", "country_differs", "DE"),
        ("web", "", "source_differs", "fair"),
        ("other", "", "campaign_differs", "camp_1"),
        ("de", "bob", "chosen", "next in turn"),
    ]


def test_members_without_the_skill_or_with_their_quota_are_passed_over() -> None:
    full = AssignmentMember("full", daily_quota=2, skills=("cloud",))
    able = AssignmentMember("able", daily_quota=2, skills=("cloud",))

    decision = decided(rule(ANN, full, able, skill="cloud"), given_today={"full": 2, "able": 1})

    assert decision.member is able
    assert steps(decision) == [
        ("r1", "ann", "skill_missing", "cloud"),
        ("r1", "full", "quota_reached", "2 of 2 today"),
        ("r1", "able", "chosen", "next in turn"),
    ]


def test_when_nobody_is_free_the_next_rule_is_asked() -> None:
    full = AssignmentMember("full", daily_quota=1)

    decision = decided(rule(full, id="a"), rule(BOB, id="b"), given_today={"full": 1})

    assert decision.member is BOB
    assert ("a", "", "nobody_free", "") in steps(decision)


def test_without_rules_nobody_gets_it() -> None:
    assert decided() == Decision(None, None, ())


def test_the_least_busy_gets_it_and_equals_take_turns() -> None:
    busy = rule(ANN, BOB, CY, strategy=AssignmentStrategy.LEAST_BUSY, last_user_id="bob")

    assert decided(busy, open_leads={"ann": 1, "bob": 0, "cy": 2}).member is BOB
    assert decided(busy, open_leads={"ann": 1, "bob": 1, "cy": 1}).member is CY


@given(st.integers(1, 6), st.integers(1, 40))
def test_in_turn_is_fair(people: int, number: int) -> None:
    turn = rule(*[AssignmentMember(f"user_{each}") for each in range(people)])
    given_to: Counter[str] = Counter()
    for _ in range(number):
        member = decided(turn).member
        assert member is not None
        given_to[member.user_id] += 1
        turn.last_user_id = member.user_id
    counts = [given_to[member.user_id] for member in turn.members]
    assert max(counts) - min(counts) <= 1
    assert sum(counts) == number


def test_every_outcome_is_one_that_the_contract_knows() -> None:
    from meridian.marketing.v1 import assignment_pb2

    from chassis.records.enums import enum_numbers

    known = enum_numbers(assignment_pb2.AssignmentOutcome.DESCRIPTOR)
    assert {outcome.value for outcome in AssignmentOutcome} == set(known) - {"", "unspecified"}
