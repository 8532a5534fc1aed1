"""The backup folder of a region: which backups there are, which WAL, and who works in it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from cli.backup.segments import Segment
from cli.backup.wal import Wal
from cli.failure import Failure

FORMAT = 1
"""Of what lies in the folder; a later version of Meridian may write another one."""

CLUSTER = "cluster"
"""The part of a backup that PostgreSQL's own tools write and check."""

_RECORD = "backup.json"
_MAKING = ".making"


@dataclass(frozen=True)
class Backup:
    """One base backup. Times are UTC; bytes are those of the files as they will lie in the data folder."""

    id: str
    region: str
    chain: str
    """The WAL that goes on from it; empty if nobody archived into this folder."""
    postgres: int
    """Major version."""
    begin_time: datetime
    end_time: datetime
    """From here on it can be restored to any moment that its chain reaches."""
    timeline: int
    begin_position: str
    end_position: str
    bytes: int
    sample_loaded: bool
    format: int = FORMAT

    @property
    def first_segment(self) -> Segment:
        """Where the WAL begins that it needs."""
        return Segment.at(self.timeline, self.begin_position)

    @property
    def last_segment(self) -> Segment:
        """Where the WAL ends without which it is of no use."""
        return Segment.at(self.timeline, self.end_position)


@dataclass(frozen=True)
class BackupFolder:
    """What `--to` or MERIDIAN_BACKUP_FOLDER names, as far as it is one region's."""

    path: Path

    @classmethod
    def of(cls, folder: Path, region: str) -> BackupFolder:
        """The part of the folder that is this region's."""
        return cls(folder.absolute() / region)

    def content(self, backup_id: str) -> Path:
        """Where the files of a backup are."""
        return self.path / backup_id

    def cluster(self, backup_id: str) -> Path:
        """Where what pg_basebackup wrote is: base.tar.gz, pg_wal.tar.gz, backup_manifest."""
        return self.content(backup_id) / CLUSTER

    def wal(self, chain: str) -> Wal:
        """The WAL of a chain."""
        return Wal(self.path / "wal" / chain)

    def backups(self) -> list[Backup]:
        """All that are complete, the oldest first. Raises Failure if one is of a later format."""
        return sorted(
            (_read(record) for record in self.path.glob(f"[!.]*/{_RECORD}")),
            key=lambda backup: backup.end_time,
        )

    def begin(self, backup_id: str) -> Path:
        """An empty folder for a backup that is being made; it counts for nothing until `finish`."""
        for leftover in self.path.glob(f".*{_MAKING}"):
            shutil.rmtree(leftover)
        making = self._making(backup_id)
        making.mkdir(mode=0o700)
        return making

    def finish(self, backup: Backup) -> None:
        """The backup is complete."""
        making = self._making(backup.id)
        with (making / _RECORD).open("w") as file:
            json.dump(asdict(backup), file, indent=2, default=datetime.isoformat)
            file.flush()
            os.fsync(file.fileno())
        making.rename(self.content(backup.id))
        _sync(self.path)

    def prune(self, keep: int) -> list[str]:
        """Remove all but the newest backups, and the WAL that none of the others needs. Gives their ids."""
        backups = self.backups()
        old, kept = backups[:-keep], backups[-keep:]
        for backup in old:
            removing = self.content(backup.id).rename(self._making(backup.id))
            shutil.rmtree(removing)
        for chain in {backup.chain for backup in old} - {""}:
            needed = [b.first_segment for b in kept if b.chain == chain]
            if needed:
                self.wal(chain).prune(min(needed))
            else:
                shutil.rmtree(self.wal(chain).folder, ignore_errors=True)
        return [backup.id for backup in old]

    @contextlib.contextmanager
    def locked(self, *, alone: bool) -> Iterator[None]:
        """Keep others from changing what is here; with alone=True also from reading it.

        Raises Failure if somebody is at work, or if the folder cannot be written to.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.path / "lock").open("a")
        except OSError as error:
            raise Failure(f"the backup folder {self.path}: {error.strerror}") from error
        with lock:
            try:
                fcntl.flock(lock, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Failure(
                    f"another backup, verification or restore is at work in {self.path}; try again"
                ) from None
            yield

    def _making(self, backup_id: str) -> Path:
        return self.path / f".{backup_id}{_MAKING}"


def _read(record: Path) -> Backup:
    facts = json.loads(record.read_text())
    if facts["format"] != FORMAT:
        raise Failure(
            f"{record.parent} has format {facts['format']}, and this version of Meridian knows "
            f"{FORMAT} only; use the version that made it"
        )
    for name in ("begin_time", "end_time"):
        facts[name] = datetime.fromisoformat(facts[name])
    return Backup(**facts)


def _sync(folder: Path) -> None:
    """Make sure that the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
