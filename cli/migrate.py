"""`meridian migrate SERVICE…`: bring the databases of services to the present."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from chassis import migrate as migrations
from chassis.settings import Settings
from cli import assembly

log = logging.getLogger(__name__)


def migrate(settings: Settings, names: Sequence[str]) -> None:
    """Apply what is missing; several at once wait for each other."""
    for name in names:
        database = assembly.database(settings, name)
        try:
            migrations.migrate(assembly.manifest(name), database)
        finally:
            database.close()
        log.info("the database of %s is up to date", name)
