"""Bringing a service's database to the present: Alembic over the chassis's tables and the service's own.

Migrations expand first and contract later, so that the release before and the one after both run
against the schema in between. Two processes that migrate at once wait for each other.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from chassis import migration_failures
from chassis.app import App
from chassis.database import Database
from chassis.extensions.tables import DECLARATIONS
from chassis.manifest import Service
from chassis.relocation.tables import RELOCATIONS

_CHASSIS = Path(__file__).parent / "migrations"
#: Folders of migrations that not every service needs, and a table by which one is known that does.
_PARTS = {"extensions": DECLARATIONS, "relocations": RELOCATIONS}
#: Any number, the same in every process that migrates.
_LOCK = 7_316_402_118
#: How long a migration waits for a lock on a table before it gives up, milliseconds.
_LOCK_TIMEOUT = 5_000


def migrate(service: Service, database: Database) -> None:
    """Apply what is missing, then seed. A migration is one transaction where the engine can do that.

    That it failed, whatever it raises, is noted in the database, for those who run on it.
    """
    with (
        migration_failures.noted(service.metadata, database),
        database.engine.connect() as connection,
    ):
        _lock(connection)
        config = _config(_folders(service))
        config.attributes.update(connection=connection, metadata=service.metadata)
        command.upgrade(config, "heads")
        connection.commit()
        if service.seed:
            service.seed(App(service, database))
        _unlock(connection)


def pending(service: Service, connection: sa.Connection) -> int:
    """How many migrations the database lacks.

    0 also where it has had one that this release does not know: then it is ahead of us, not behind.
    """
    scripts = _scripts(_folders(service))
    missing = {script.revision for script in scripts.walk_revisions()}
    heads = MigrationContext.configure(connection).get_current_heads()
    if not missing.issuperset(heads):
        return 0
    for head in heads:
        missing.difference_update(
            script.revision for script in scripts.walk_revisions("base", head)
        )
    return len(missing)


def differences(service: Service, database: Database) -> list[object]:
    """What the tables in code have that the migrated database has not, and the reverse. Empty is right."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "target_metadata": service.metadata}
        )
        return list(compare_metadata(context, service.metadata))


def _folders(service: Service) -> tuple[Path, ...]:
    """Where the migrations of this service are: the chassis's, those of what it has of _PARTS, its own."""
    parts = [name for name, table in _PARTS.items() if table in service.metadata.tables]
    return (*(_CHASSIS / name for name in ("versions", *parts)), service.folder / "migrations")


@cache
def _scripts(folders: tuple[Path, ...]) -> ScriptDirectory:
    """The migrations that this release brings in these folders."""
    return ScriptDirectory.from_config(_config(folders))


def _config(folders: tuple[Path, ...]) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_CHASSIS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, folders)))
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
