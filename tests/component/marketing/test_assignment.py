"""Leads find their owners, and partners take them on (MKT-3, PRM-3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from meridian.marketing.events.v1 import lead_events_pb2
from meridian.marketing.v1 import (
    assignment_pb2,
    assignment_service_pb2,
    lead_pb2,
    lead_service_pb2,
)
from meridian.partners.events.v1 import referral_events_pb2

from services.marketing.assignment import reactions
from services.marketing.manifest import SERVICE
from services.marketing.referrals import reactions as referrals
from tests.running import Caller, RunningService

ASSIGNMENTS = assignment_service_pb2.DESCRIPTOR.services_by_name["AssignmentService"]
LEADS = lead_service_pb2.DESCRIPTOR.services_by_name["LeadService"]
IN_TURN = assignment_pb2.ASSIGNMENT_STRATEGY_ROUND_ROBIN


@pytest.fixture
def marketing(run_service: Callable[..., RunningService]) -> RunningService:
    return run_service(SERVICE)


@pytest.fixture
def anna(marketing: RunningService) -> Caller:
    return marketing.caller("user_anna", "marketing.*@region")


def rule(caller: Caller, **fields: Any) -> assignment_pb2.AssignmentRule:
    wanted = {"name": "Germany", "strategy": IN_TURN, "members": [{"user_id": "u1"}]} | fields
    return caller.call(ASSIGNMENTS).CreateAssignmentRule(
        assignment_service_pb2.CreateAssignmentRuleRequest(assignment_rule=wanted)
    )


def capture(marketing: RunningService, caller: Caller, **fields: Any) -> lead_pb2.Lead:
    """Create a lead and let the event of it arrive, twice."""
    lead = caller.call(LEADS).CreateLead(
        lead_service_pb2.CreateLeadRequest(lead={"company": "Acme"} | fields)
    )
    for _ in range(2):
        with marketing.app.transaction() as tx:
            reactions.on_lead_waiting(tx, lead_events_pb2.LeadCreated(lead_id=lead.id))
    return read(caller, lead)


def read(caller: Caller, lead: lead_pb2.Lead) -> lead_pb2.Lead:
    return caller.call(LEADS).GetLead(lead_service_pb2.GetLeadRequest(id=lead.id))


def decisions(caller: Caller, lead: lead_pb2.Lead) -> list[assignment_pb2.AssignmentDecision]:
    request = assignment_service_pb2.ListAssignmentDecisionsRequest(lead_id=lead.id)
    return list(caller.call(ASSIGNMENTS).ListAssignmentDecisions(request).assignment_decisions)


def test_leads_are_given_in_turn_with_a_clock_and_an_explanation(
    marketing: RunningService, anna: Caller
) -> None:
    members = [{"user_id": "u1", "team_id": "t1"}, {"user_id": "u2"}]
    germany = rule(anna, countries=["DE"], members=members, first_response_minutes=30)

    first, second = (capture(marketing, anna, country="DE") for _ in range(2))
    stranger = capture(marketing, anna, country="FR")

    assert [first.owner_id, second.owner_id, stranger.owner_id] == ["u1", "u2", ""]
    assert first.team_id == "t1"
    due = first.first_response_due_time.ToDatetime(UTC) - first.create_time.ToDatetime(UTC)
    assert 30 * 60 <= due.total_seconds() < 31 * 60
    [decision] = decisions(anna, first)
    assert (decision.rule_id, decision.owner_id) == (germany.id, "u1")
    assert [step.outcome for step in decision.steps] == [assignment_pb2.ASSIGNMENT_OUTCOME_CHOSEN]
    assert decisions(anna, stranger)[0].steps[0].detail == "FR"
    own = marketing.caller("u1", "marketing.leads.read@team", teams=("t1",))
    assert [each.id for each in decisions(own, first)] == [decision.id]
    assert marketing.events().count("LeadAssigned") == 2


def test_a_quota_is_counted_by_the_day(marketing: RunningService, anna: Caller) -> None:
    rule(anna, members=[{"user_id": "u1", "daily_quota": 1}])

    first, second = (capture(marketing, anna) for _ in range(2))

    assert (first.owner_id, second.owner_id) == ("u1", "")


def test_a_lead_with_an_owner_is_left_alone(marketing: RunningService, anna: Caller) -> None:
    rule(anna)
    rep = marketing.caller("user_rep", "marketing.leads.*@own")

    lead = capture(marketing, rep)

    assert (lead.owner_id, lead.etag) == ("user_rep", "1")
    assert marketing.table("assignment_decisions") == []


def test_rules_are_edited_switched_off_and_removed(anna: Caller) -> None:
    made = rule(anna)
    rules = anna.call(ASSIGNMENTS)

    update = assignment_service_pb2.UpdateAssignmentRuleRequest(
        assignment_rule={"id": made.id, "disabled": True}, update_mask={"paths": ["disabled"]}
    )
    updated = rules.UpdateAssignmentRule(update)
    rules.DeleteAssignmentRule(assignment_service_pb2.DeleteAssignmentRuleRequest(id=made.id))

    assert (updated.disabled, updated.name, len(updated.members)) == (True, "Germany", 1)
    listed = rules.ListAssignmentRules(assignment_service_pb2.ListAssignmentRulesRequest())
    assert list(listed.assignment_rules) == []


def test_a_partner_takes_a_lead_on_and_gives_it_back(
    marketing: RunningService, anna: Caller
) -> None:
    lead = capture(marketing, anna)
    of = {"referral_id": "ref_1", "lead_id": lead.id, "partner_id": "partner_1"}

    with marketing.app.transaction() as tx:
        referrals.on_referral_accepted(tx, referral_events_pb2.ReferralAccepted(**of))
    taken = read(anna, lead)
    with marketing.app.transaction() as tx:
        other = referral_events_pb2.ReferralRecalled(**(of | {"partner_id": "partner_2"}))
        referrals.on_referral_ended(tx, other)
    still = read(anna, lead)
    with marketing.app.transaction() as tx:
        referrals.on_referral_ended(tx, referral_events_pb2.ReferralRecalled(**of))

    assert (taken.partner_id, still.partner_id) == ("partner_1", "partner_1")
    assert read(anna, lead).partner_id == ""
