"""Whether a backup, and the WAL that goes on from it, are what they were when they were written."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from cli.backup import wal
from cli.backup.folder import Backup, BackupFolder
from cli.postgres import binaries


def defects(folder: BackupFolder, backup: Backup) -> Iterator[str]:
    """Everything that is wrong: files against the checksums of the manifest, then the WAL of its chain."""
    damage = files_damaged(folder, backup)
    if damage:
        yield damage
    if backup.chain:
        stretch = folder.wal(backup.chain).stretch(backup.first_segment)
        if backup.last_segment not in stretch.files:
            yield f"the WAL that it needs is not archived as far as {backup.last_segment.name}"
        if stretch.missing:
            yield f"WAL is missing: {stretch.missing.name}; what came after it cannot be restored from here"
        if damage := wal.defect(stretch.files):
            yield damage


def files_damaged(folder: BackupFolder, backup: Backup) -> str:
    """What pg_verifybackup says against the files of a backup; empty if they are whole."""
    done = subprocess.run(
        [binaries() / "pg_verifybackup", "--no-parse-wal", "--quiet", folder.cluster(backup.id)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip() if done.returncode else ""
