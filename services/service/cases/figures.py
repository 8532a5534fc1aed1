"""What dashboards show of cases."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.figures import MOST_COUNTED, Counts, present
from chassis.manifest import Figure
from services.service.cases.facts import CaseState
from services.service.cases.store import cases
from services.service.clocks.store import clocks
from services.service.sla_policies.domain import ClockKind

#: A case in one of these wants something to be done.
_UNSOLVED = (CaseState.NEW, CaseState.OPEN, CaseState.PENDING, CaseState.REOPENED)


def _in_breach(tx: Transaction) -> Counts:
    """Unsolved cases with a clock that has run out, by the kind of the clock."""
    unsolved = (
        sa.select(cases.c.id)
        .where(cases.c.state.in_(_UNSOLVED))
        .order_by(cases.c.state, cases.c.create_time)
        .limit(MOST_COUNTED)
        .subquery()
    )
    query = (
        sa.select(clocks.c.kind, sa.func.count(clocks.c.case_id.distinct()).label("number"))
        .join(unsolved, unsolved.c.id == clocks.c.case_id)
        .where(clocks.c.breach_time.is_not(None))
        .group_by(clocks.c.kind)
    )
    found = {row.kind: row.number for row in tx.execute(query)}
    return {(kind,): found.get(kind, 0) for kind in ClockKind}


FIGURES = (
    Figure(
        "unsolved_cases",
        "Cases that are not resolved, by state.",
        ("state",),
        present(cases, "state", _UNSOLVED),
    ),
    Figure(
        "cases_in_breach",
        "Unsolved cases that broke a promise, by the kind of the promise.",
        ("clock",),
        _in_breach,
    ),
)
