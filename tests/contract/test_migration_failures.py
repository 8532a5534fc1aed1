"""A migration that fails is noted in the database that it was for, on every engine, until one succeeds."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from chassis.database import Database
from chassis.manifest import Service
from chassis.migrate import migrate
from services.marketing.manifest import SERVICE
from tests.later_release import add_migration


@pytest.fixture
def next_release(tmp_path: Path) -> Service:
    """Marketing with one migration more, which cannot be done."""
    migrations = tmp_path / "migrations"
    shutil.copytree(SERVICE.folder / "migrations", migrations)
    add_migration(migrations, 'create_index("ix_nothing", "no_such_table", ["id"])')
    return replace(SERVICE, folder=tmp_path)


def failures(database: Database) -> list[str]:
    """The errors that are noted, the oldest first."""
    table = SERVICE.metadata.tables["migration_failures"]
    with database.reading() as connection:
        rows = connection.execute(sa.select(table).order_by(table.c.fail_time))
        return [row.error for row in rows]


def test_a_failure_is_noted_until_a_migration_succeeds(
    any_database: Callable[[Service], Database], next_release: Service
) -> None:
    database = any_database(SERVICE)
    assert failures(database) == []
    for number in (1, 2):
        with pytest.raises(sa.exc.DBAPIError, match="no_such_table"):
            migrate(next_release, database)
        noted = failures(database)
        assert len(noted) == number
        assert "no_such_table" in noted[-1]
    migrate(SERVICE, database)
    assert failures(database) == []


def test_a_database_that_cannot_be_told_hides_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/no/such/folder/marketing.db")
    with pytest.raises(sa.exc.OperationalError, match="unable to open"):
        migrate(SERVICE, database)
    database.close()
