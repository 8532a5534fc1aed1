"""That a migration failed, kept in the database that it was for until one succeeds.

The release that brought it does not run yet, and the one that runs knows nothing of it: its processes
find it here, and tell (chassis.watch).
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import sqlalchemy as sa

from chassis.database import Database, LongText, UtcDateTime
from chassis.telemetry.logs import blotted

log = logging.getLogger(__name__)

_TABLE = "migration_failures"
_LONGEST_ERROR = 4000


def add_tables(metadata: sa.MetaData) -> None:
    """Add migration_failures to a service's metadata."""
    sa.Table(
        _TABLE,
        metadata,
        sa.Column("fail_time", UtcDateTime, primary_key=True),
        sa.Column("error", LongText, nullable=False),
    )


@contextmanager
def noted(metadata: sa.MetaData, database: Database) -> Iterator[None]:
    """Note it if the block, which migrates this database, raises; forget what was noted if it does not."""
    try:
        yield
    except Exception as error:
        _note(metadata, database, error)
        raise
    with database.engine.begin() as connection:
        connection.execute(sa.delete(metadata.tables[_TABLE]))


def number(metadata: sa.MetaData, connection: sa.Connection) -> int:
    """How many attempts to migrate the database failed since one succeeded."""
    counted = sa.select(sa.func.count()).select_from(metadata.tables[_TABLE])
    return int(connection.execute(counted).scalar_one())


def is_kept(connection: sa.Connection) -> bool:
    """Whether the database has a place for them: it has not had all migrations if it does not."""
    return sa.inspect(connection).has_table(_TABLE)


def _note(metadata: sa.MetaData, database: Database, error: Exception) -> None:
    text = blotted("".join(traceback.format_exception(error)))[-_LONGEST_ERROR:]
    failure = {"fail_time": datetime.now(UTC), "error": text}
    try:
        with database.engine.begin() as connection:
            connection.execute(sa.insert(metadata.tables[_TABLE]), failure)
    except sa.exc.SQLAlchemyError as reason:
        # A database that is away, or so new that it has no tables.
        log.warning("the migration failed, and its database cannot be told: %s", reason)
