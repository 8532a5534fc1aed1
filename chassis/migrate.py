"""Bringing a service's database to the present: Alembic over the chassis's tables and the service's own.

Migrations expand first and contract later, so that the release before and the one after both run
against the schema in between. Two processes that migrate at once wait for each other.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from chassis.app import App
from chassis.database import Database
from chassis.manifest import Service

_CHASSIS = Path(__file__).parent / "migrations"
#: Any number, the same in every process that migrates.
_LOCK = 7_316_402_118
#: How long a migration waits for a lock on a table before it gives up, milliseconds.
_LOCK_TIMEOUT = 5_000


def migrate(service: Service, database: Database) -> None:
    """Apply what is missing, then seed. A migration is one transaction where the engine can do that."""
    with database.engine.connect() as connection:
        _lock(connection)
        command.upgrade(_config(service, connection), "heads")
        connection.commit()
        if service.seed:
            service.seed(App(service, database))
        _unlock(connection)


def differences(service: Service, database: Database) -> list[object]:
    """What the tables in code have that the migrated database has not, and the reverse. Empty is right."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "target_metadata": service.metadata}
        )
        return list(compare_metadata(context, service.metadata))


def _config(service: Service, connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_CHASSIS))
    config.set_main_option("path_separator", "newline")
    locations = [str(_CHASSIS / "versions"), str(service.folder / "migrations")]
    config.set_main_option("version_locations", "\n".join(locations))
    config.attributes.update(connection=connection, metadata=service.metadata)
    return config


def _lock(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_lock(_LOCK)))
        connection.execute(sa.text(f"SET lock_timeout = {_LOCK_TIMEOUT}"))
        connection.commit()


def _unlock(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_unlock(_LOCK)))
        connection.commit()
