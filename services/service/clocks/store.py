"""SLA clocks in the database. Segments and escalations are only ever inserted.

Clocks change in the transaction that changes their case, whose version keeps two changes apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.database import Id, UtcDateTime
from services.service.calendars import store as calendars_store
from services.service.clocks.domain import (
    Clock,
    ClockPhase,
    Escalation,
    Segment,
    SegmentReason,
    Terms,
)
from services.service.clocks.promises import Promises
from services.service.sla_policies import store as sla_policies_store
from services.service.sla_policies.domain import ClockKind
from services.service.tables import metadata

clocks = sa.Table(
    "clocks",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("case_id", Id, sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("kind", Id, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("calendar_id", Id, nullable=False),
    sa.Column("breach_time", UtcDateTime),
    sa.Column("next_check_time", UtcDateTime),
    sa.UniqueConstraint("case_id", "kind", "round"),
    sa.Index("ix_clocks_next_check_time", "next_check_time"),
    sa.Index("ix_clocks_calendar_id", "calendar_id"),
)

clock_segments = sa.Table(
    "clock_segments",
    metadata,
    sa.Column("clock_id", Id, sa.ForeignKey("clocks.id"), primary_key=True),
    sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("phase", Id, nullable=False),
    sa.Column("reason", Id, nullable=False),
    sa.Column("start_time", UtcDateTime, nullable=False),
    sa.Column("target_minutes", sa.Integer, nullable=False),
    sa.Column("sla_policy_id", Id, nullable=False),
    sa.Column("calendar_id", Id, nullable=False),
)

clock_escalations = sa.Table(
    "clock_escalations",
    metadata,
    sa.Column("clock_id", Id, sa.ForeignKey("clocks.id"), primary_key=True),
    sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at_percent", sa.Integer, nullable=False),
    sa.Column("action", Id, nullable=False),
    sa.Column("role", Id, nullable=False),
    sa.Column("team_id", Id, nullable=False),
    sa.Column("fire_time", UtcDateTime, nullable=False),
    sa.UniqueConstraint("clock_id", "at_percent", "action", "role", "team_id"),
)


def of_case(tx: Transaction, case_id: str, sla_policy_id: str) -> Promises:
    """All clocks of a case, with the policy in use and every calendar that they need."""
    rows = tx.execute(
        sa.select(clocks).where(clocks.c.case_id == case_id).order_by(clocks.c.id)
    ).all()
    loaded = {
        row.id: Clock(
            row.id, row.case_id, ClockKind(row.kind), row.round, breach_time=row.breach_time
        )
        for row in rows
    }
    for row in _parts(tx, clock_segments, loaded):
        loaded[row.clock_id].segments.append(_segment(row))
    for row in _parts(tx, clock_escalations, loaded):
        loaded[row.clock_id].escalations.append(
            Escalation(row.at_percent, row.action, row.role, row.team_id, row.fire_time)
        )
    unplanned = Promises(case_id, None, {}, lambda: tx.new_id("clk"), list(loaded.values()))
    return with_policy(tx, unplanned, sla_policy_id)


def with_policy(tx: Transaction, promises: Promises, sla_policy_id: str) -> Promises:
    """The same clocks, to go on by this policy; "" is none."""
    policy = sla_policies_store.find(tx, sla_policy_id) if sla_policy_id else None
    named = {part.terms.calendar_id for clock in promises.clocks for part in clock.segments}
    if policy:
        named.add(policy.calendar_id)
    return replace(promises, policy=policy, calendars=calendars_store.by_ids(tx, named))


def save(tx: Transaction, promises: Promises) -> None:
    """Write what was added and when each clock has to be looked at next."""
    if not promises.clocks:
        return
    ids = [clock.id for clock in promises.clocks]
    known = set(tx.execute(sa.select(clocks.c.id).where(clocks.c.id.in_(ids))).scalars())
    for clock in promises.clocks:
        state = {
            "calendar_id": clock.terms.calendar_id,
            "breach_time": clock.breach_time,
            "next_check_time": clock.next_check_time(promises.steps(clock), promises.calendars),
        }
        if clock.id in known:
            tx.execute(sa.update(clocks).where(clocks.c.id == clock.id).values(state))
        else:
            identity = {
                "id": clock.id,
                "case_id": clock.case_id,
                "kind": clock.kind.value,
                "round": clock.round,
            }
            tx.execute(sa.insert(clocks).values(identity | state))
    _add_new(
        tx, clock_segments, ids, {c.id: _rows(map(_columns, c.segments)) for c in promises.clocks}
    )
    _add_new(
        tx,
        clock_escalations,
        ids,
        {c.id: _rows(vars(done) for done in c.escalations) for c in promises.clocks},
    )


def cases_to_check(tx: Transaction, limit: int) -> Sequence[str]:
    """Cases with a clock whose time to be looked at has come, the longest overdue first."""
    moment = sa.func.min(clocks.c.next_check_time)
    return (
        tx.execute(
            sa.select(clocks.c.case_id)
            .where(clocks.c.next_check_time <= tx.now)
            .group_by(clocks.c.case_id)
            .order_by(moment)
            .limit(limit)
        )
        .scalars()
        .all()
    )


def check_soon(tx: Transaction, calendar_id: str) -> None:
    """Have the clocks that run in this calendar looked at anew, because its hours changed."""
    tx.execute(
        sa.update(clocks)
        .where(clocks.c.calendar_id == calendar_id, clocks.c.next_check_time.is_not(None))
        .values(next_check_time=tx.now)
    )


def _parts(tx: Transaction, table: sa.Table, of: Iterable[str]) -> Sequence[sa.Row[Any]]:
    return tx.execute(
        sa.select(table)
        .where(table.c.clock_id.in_(list(of)))
        .order_by(table.c.clock_id, table.c.ordinal)
    ).all()


def _segment(row: sa.Row[Any]) -> Segment:
    terms = Terms(row.target_minutes, row.sla_policy_id, row.calendar_id)
    return Segment(ClockPhase(row.phase), SegmentReason(row.reason), row.start_time, terms)


def _columns(segment: Segment) -> dict[str, Any]:
    return {
        "phase": segment.phase.value,
        "reason": segment.reason.value,
        "start_time": segment.start_time,
        **vars(segment.terms),
    }


def _rows(parts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part | {"ordinal": ordinal} for ordinal, part in enumerate(parts)]


def _add_new(
    tx: Transaction, table: sa.Table, ids: list[str], parts: dict[str, list[dict[str, Any]]]
) -> None:
    counted = tx.execute(
        sa.select(table.c.clock_id, sa.func.count().label("number"))
        .where(table.c.clock_id.in_(ids))
        .group_by(table.c.clock_id)
    )
    stored = {row.clock_id: row.number for row in counted}
    added = [
        row | {"clock_id": clock_id}
        for clock_id, rows in parts.items()
        for row in rows[stored.get(clock_id, 0) :]
    ]
    if added:
        tx.execute(sa.insert(table), added)
