"""Taking a service's database back to an earlier moment, as a restore does."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from chassis import restoration
from chassis.app import App

#: All rows of each table.
Moment = dict[str, list[dict[str, Any]]]


def remember(app: App) -> Moment:
    """The database as it is now."""
    with app.reading() as tx:
        return {
            name: [dict(row._mapping) for row in tx.execute(sa.select(table))]
            for name, table in app.service.metadata.tables.items()
        }


def take_back(app: App, moment: Moment) -> None:
    """Have the database as it was, and the service begin anew."""
    tables = app.service.metadata.sorted_tables
    with app.transaction() as tx:
        for table in reversed(tables):
            tx.execute(sa.delete(table))
        for table in tables:
            if rows := moment[table.name]:
                tx.execute(sa.insert(table), rows)
    restoration.begin_anew(app)
