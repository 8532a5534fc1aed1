"""Which backup, and which WAL, a restore to some moment takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cli.backup import wal
from cli.backup.folder import Backup, BackupFolder
from cli.backup.segments import Segment
from cli.backup.wal import Stretch
from cli.failure import Failure


@dataclass(frozen=True)
class Plan:
    """What is restored: a backup and the WAL after it, up to a moment, or to the end if `at` is None."""

    backup: Backup
    files: dict[Segment, Path]
    at: datetime | None

    @property
    def bytes(self) -> int:
        """The disk space that it takes."""
        return self.backup.bytes + sum(path.stat().st_size for path in self.files.values())


def plan(folder: BackupFolder, at: datetime | None) -> Plan:
    """The way to a moment (UTC), by default to the latest that can be restored.

    It is the newest backup before that moment, and the WAL of its chain: the one that was going on at that
    moment, also if the region was restored to an earlier one since. Raises Failure if there is no way.
    """
    backups = folder.backups()
    if not backups:
        raise Failure(f"there is no backup in {folder.path}")
    if at is None:
        return _to_the_end(folder, max(backups, key=lambda each: reach(folder, each)))
    if at > datetime.now(UTC):
        raise Failure(f"{_time(at)} is yet to come")
    earlier = [backup for backup in backups if backup.end_time <= at]
    if not earlier:
        raise Failure(
            f"{_time(at)} is before the first backup; the earliest moment is {_time(backups[0].end_time)}"
        )
    return _to_moment(folder, earlier[-1], at, backups)


def reach(folder: BackupFolder, backup: Backup) -> datetime:
    """The latest moment that can be restored from a backup."""
    if not backup.chain:
        return backup.end_time
    files = folder.wal(backup.chain).stretch(backup.first_segment).files
    return max(wal.last_commit(files) or backup.end_time, backup.end_time)


def _to_the_end(folder: BackupFolder, backup: Backup) -> Plan:
    stretch = _stretch(folder, backup, None)
    if stretch.missing:
        raise Failure(
            f"the chain {backup.chain} is broken: {stretch.missing.name} is missing. The latest moment that "
            f"can be restored is {_time(reach(folder, backup))}: say so by --at"
        )
    return Plan(backup, stretch.files, None)


def _to_moment(
    folder: BackupFolder, backup: Backup, at: datetime, backups: Sequence[Backup]
) -> Plan:
    later = [b for b in backups if b.chain == backup.chain and b.begin_time > at]
    stretch = _stretch(folder, backup, later[0].last_segment if later else None)
    end = max(wal.last_commit(stretch.files) or backup.end_time, backup.end_time)
    if at > end:
        gap = f" ({stretch.missing.name} is missing)" if stretch.missing else ""
        raise Failure(
            f"what was archived after the backup {backup.id} ends at {_time(end)}{gap}; "
            "say an earlier moment, or leave --at away to restore the newest backup to its end"
        )
    return Plan(backup, stretch.files, at)


def _stretch(folder: BackupFolder, backup: Backup, last: Segment | None) -> Stretch:
    if not backup.chain:
        return Stretch({}, None)
    return folder.wal(backup.chain).stretch(backup.first_segment, last)


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
