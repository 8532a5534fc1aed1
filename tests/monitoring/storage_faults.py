"""What goes wrong with what a region keeps: its schema, its archive, its backups, its disk."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import services
from tests.later_release import add_migration
from tests.monitoring.course import Expected, Fault
from tests.monitoring.watched import WatchedRegion

_AGE = timedelta(days=9)
#: Work of a minute is not archived, in real seconds.
_EXPOSED_SECONDS = 180.0
_IMPOSSIBLE = 'create_unique_constraint("uq_users_state", "users", ["state"])'


@contextmanager
def _failed_upgrade(region: WatchedRegion) -> Iterator[None]:
    """The next release wants what the data do not allow; then the present one migrates, which succeeds."""
    release = region.folder / "next-release"
    original = Path(services.__file__).parent
    shutil.copytree(original, release / "services", ignore=shutil.ignore_patterns("__pycache__"))
    add_migration(release / "services" / "directory" / "migrations", _IMPOSSIBLE)
    try:
        region.migrate_by(release, "directory")
    except subprocess.CalledProcessError:
        yield
    else:
        raise RuntimeError("the migration that cannot be done was done")
    region.command("migrate", "directory")


@contextmanager
def _lost_folder(region: WatchedRegion) -> Iterator[None]:
    """The backup folder goes away, and PostgreSQL begins a new file of WAL."""
    away = region.backups.rename(region.folder / "backups-away")
    region.backups.touch()
    with region.connection("sales") as server:
        server.execute("SELECT pg_switch_wal()")
    yield
    region.backups.unlink()
    away.rename(region.backups)


@contextmanager
def _old_backup(region: WatchedRegion) -> Iterator[None]:
    """The newest backup says that it is nine days old, until another one is taken."""
    for record in region.backups.glob("*/[!.]*/backup.json"):
        facts = json.loads(record.read_text())
        for name in ("begin_time", "end_time"):
            facts[name] = (datetime.fromisoformat(facts[name]) - _AGE).isoformat()
        record.write_text(json.dumps(facts))
    yield
    region.command("backup")


FAULTS: tuple[Fault[WatchedRegion], ...] = (
    Fault(
        "the next release brings a migration that fails",
        _failed_upgrade,
        (Expected("MeridianMigrationFailed", "page", {"service": "directory"}),),
    ),
    Fault(
        "the backup folder goes away",
        _lost_folder,
        (Expected("MeridianArchiveBehind", "page"),),
        fire_seconds=_EXPOSED_SECONDS,
    ),
    Fault(
        "the newest backup is nine days old",
        _old_backup,
        (Expected("MeridianBackupOld", "ticket"),),
    ),
)

FULL_DISK = Fault(
    "the disk is full but for 40 MB",
    WatchedRegion.full_disk,
    (Expected("MeridianDiskFull", "ticket"), Expected("MeridianDiskFull", "page")),
)
