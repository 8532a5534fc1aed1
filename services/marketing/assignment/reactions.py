"""Leads without an owner are given to somebody as soon as they are captured or recycled."""

from __future__ import annotations

from meridian.marketing.events.v1 import lead_events_pb2

from chassis.app import Transaction
from chassis.errors import NotFound
from services.marketing.assignment import store
from services.marketing.assignment.domain import AssignmentStrategy, Decision, decide
from services.marketing.leads import store as leads
from services.marketing.leads.domain import Lead, LeadState

_WAITING = {LeadState.NEW, LeadState.RECYCLED}


def on_lead_waiting(
    tx: Transaction, event: lead_events_pb2.LeadCreated | lead_events_pb2.LeadRecycled
) -> None:
    """Let the rules decide who gets it, and by when they should react."""
    try:
        lead = leads.get(tx, event.lead_id)
    except NotFound:
        return
    if lead.owner_id or lead.state not in _WAITING:
        return
    decision = _decide(tx, lead)
    store.add_decision(tx, lead, decision)
    if decision.rule is None or decision.member is None:
        return
    rule, member = decision.rule, decision.member
    assigned = lead.assign(member.user_id, member.team_id, member.business_unit_id, rule.id)
    lead.expect_response(rule.first_response_within(), at=tx.now)
    leads.save(tx, lead)
    store.note_turn(tx, rule, member.user_id)
    tx.announce(assigned)


def _decide(tx: Transaction, lead: Lead) -> Decision:
    rules = store.in_order(tx)
    users = {member.user_id for rule in rules for member in rule.members}
    busy = any(rule.strategy is AssignmentStrategy.LEAST_BUSY for rule in rules)
    return decide(
        lead,
        rules,
        open_leads=store.open_leads(tx, users) if busy else {},
        given_today=store.given_today(tx, users) if users else {},
    )
