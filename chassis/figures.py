"""Figures of the business: what a slice counts in its own tables, told as metrics by every worker.

They are for dashboards, not for accounts: a count stops at MOST_COUNTED rows, so that telling costs the
same in a small database and in a large one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import cache

import sqlalchemy as sa
from prometheus_client import Gauge

from chassis.app import App, Transaction

#: How far back "recent" goes.
RECENT = timedelta(days=30)
#: No count reads more rows; one that reaches it means "at least so many".
MOST_COUNTED = 100_000

Counts = Mapping[tuple[str, ...], int]


def tell(app: App) -> None:
    """Read the figures of a service and report them; whoever reads the metrics takes the greatest."""
    name = app.service.name
    with app.reading() as tx:
        for figure in app.service.figures:
            gauge = _gauge(figure.name, figure.text, figure.labels)
            for values, number in figure.read(tx).items():
                gauge.labels(name, *values).set(number)


def recent(table: sa.Table, column: str, values: Iterable[str]) -> Callable[[Transaction], Counts]:
    """Counts the records made in the last 30 days by the values of a column, the newest first.

    The table has an index that begins with create_time.
    """
    known = tuple(values)

    def read(tx: Transaction) -> Counts:
        newest = (
            sa.select(table.c[column].label("value"))
            .where(table.c.create_time >= tx.now - RECENT)
            .order_by(table.c.create_time.desc())
            .limit(MOST_COUNTED)
            .subquery()
        )
        number = sa.func.count().label("number")
        by_value = sa.select(newest.c.value, number).group_by(newest.c.value)
        found = {row.value: row.number for row in tx.execute(by_value)}
        return {(value,): found.get(value, 0) for value in known}

    return read


def present(table: sa.Table, column: str, values: Iterable[str]) -> Callable[[Transaction], Counts]:
    """Counts all records that have these values in a column, whatever their age.

    The table has an index that begins with the column.
    """
    known = tuple(values)

    def read(tx: Transaction) -> Counts:
        return {(value,): count_up_to(tx, table, table.c[column] == value) for value in known}

    return read


def count_up_to(tx: Transaction, table: sa.FromClause, *conditions: sa.ColumnElement[bool]) -> int:
    """How many rows meet the conditions, at most MOST_COUNTED."""
    some = sa.select(sa.literal(1)).select_from(table).where(*conditions).limit(MOST_COUNTED)
    query = sa.select(sa.func.count()).select_from(some.subquery())
    return int(tx.execute(query).scalar_one())


@cache
def _gauge(name: str, text: str, labels: tuple[str, ...]) -> Gauge:
    return Gauge(f"meridian_{name}", text, ("service", *labels))
