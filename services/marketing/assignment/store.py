"""Assignment rules and decisions in the database."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from chassis import prepared, tables
from chassis.app import Transaction
from chassis.database import Id, Json, UtcDateTime, text_type
from chassis.listing import Listing
from chassis.prepared import Prepared
from chassis.records.rows import from_row, to_json
from services.marketing.assignment.domain import AssignmentRule, Decision
from services.marketing.leads.domain import CLOSED, Lead
from services.marketing.leads.store import leads
from services.marketing.tables import metadata

rules = tables.record_table(
    "assignment_rules",
    metadata,
    sa.Column("name", text_type(200), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("countries", Json, nullable=False),
    sa.Column("sources", Json, nullable=False),
    sa.Column("campaign_ids", Json, nullable=False),
    sa.Column("skill", Id, nullable=False),
    sa.Column("strategy", Id, nullable=False, info={"enum_prefix": "ASSIGNMENT_STRATEGY_"}),
    sa.Column("members", Json, nullable=False),
    sa.Column("first_response_minutes", sa.Integer, nullable=False),
    sa.Column("last_user_id", Id, nullable=False),
    sa.Index("ix_assignment_rules_position", "position", "id"),
)

decisions = sa.Table(
    "assignment_decisions",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("lead_id", Id, sa.ForeignKey("leads.id", ondelete="CASCADE"), nullable=False),
    sa.Column("rule_id", Id, nullable=False),
    sa.Column("owner_id", Id, nullable=False),
    sa.Column("steps", Json, nullable=False),
    sa.Column("create_time", UtcDateTime, nullable=False),
    sa.Index("ix_assignment_decisions_lead_id", "lead_id", "create_time"),
    sa.Index("ix_assignment_decisions_owner_id", "owner_id", "create_time"),
)

LISTING = Listing(
    rules,
    fields=("name", "position", "disabled", "strategy", "skill", "create_time"),
    default_order="position",
)
DECISIONS = Listing(
    decisions, fields=("rule_id", "owner_id", "create_time"), default_order="create_time desc"
)


def get(tx: Transaction, rule_id: str, etag: str = "") -> AssignmentRule:
    """A rule. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, rules, AssignmentRule, rule_id, etag=etag)


def add(tx: Transaction, rule: AssignmentRule) -> None:
    """Write a new rule."""
    tables.insert(tx, rules, rule)


def save(tx: Transaction, rule: AssignmentRule) -> None:
    """Write a changed rule. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, rules, rule)


def remove(tx: Transaction, rule: AssignmentRule) -> None:
    """Delete a rule; decisions made by it stay. Errors: CONCURRENT_CHANGE."""
    tables.delete(tx, rules, rule)


_IN_ORDER = Prepared(sa.select(rules).order_by(rules.c.position, rules.c.id))


def in_order(tx: Transaction) -> list[AssignmentRule]:
    """All rules, in the order in which they are looked at."""
    return [from_row(AssignmentRule, row) for row in _IN_ORDER.rows(tx.connection, {})]


def note_turn(tx: Transaction, rule: AssignmentRule, user_id: str) -> None:
    """Remember who got the rule's last lead; no change that anybody edits, so the etag stays."""
    tx.execute(sa.update(rules).where(rules.c.id == rule.id).values(last_user_id=user_id))


def add_decision(tx: Transaction, lead: Lead, decision: Decision) -> None:
    """Keep how a lead came to its owner, or why it has none."""
    row = {
        "id": tx.new_id("adec"),
        "lead_id": lead.id,
        "rule_id": decision.rule.id if decision.rule else "",
        "owner_id": decision.member.user_id if decision.member else "",
        "steps": to_json(decision.steps),
        "create_time": tx.now,
    }
    prepared.insert(tx.connection, decisions, [row])


def given_today(tx: Transaction, users: Iterable[str]) -> dict[str, int]:
    """How many leads rules have given to these users since midnight UTC."""
    midnight = tx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    columns = decisions.c
    statement = sa.select(columns.owner_id, sa.func.count().label("number")).where(
        columns.owner_id.in_(list(users)), columns.create_time >= midnight
    )
    return {row.owner_id: row.number for row in tx.execute(statement.group_by(columns.owner_id))}


def open_leads(tx: Transaction, users: Iterable[str]) -> dict[str, int]:
    """How many leads these users own that are neither converted nor given up."""
    columns = leads.c
    statement = sa.select(columns.owner_id, sa.func.count().label("number")).where(
        columns.owner_id.in_(list(users)), columns.state.not_in(CLOSED)
    )
    return {row.owner_id: row.number for row in tx.execute(statement.group_by(columns.owner_id))}
