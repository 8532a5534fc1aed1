"""Taking a base backup of a PostgreSQL that runs."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from chassis.settings import Settings
from cli.backup import sealing
from cli.backup.folder import CLUSTER, Backup, BackupFolder
from cli.backup.progress import Progress
from cli.failure import Failure
from cli.home import Home
from cli.postgres import Postgres, binaries

SLOT_PREFIX = "archive_"
"""A chain's replication slot: PostgreSQL keeps for it what the archive does not have yet."""

SEALED_SECRETS = "secrets.sealed"
_PROGRESS = re.compile(r"(\d+)/(\d+) kB \(")


def take(postgres: Postgres, home: Home, settings: Settings, folder: BackupFolder) -> Backup:
    """Back up all databases, and the secrets if there is a passphrase for them.

    Raises Failure if that is not possible; then nothing is left of it. Call it with the folder locked.
    """
    begin = datetime.now(UTC)
    url = postgres.url("postgres")
    with psycopg.connect(url) as connection:
        _check_space(connection, folder)
        chain = _chain(connection, folder)
        version = connection.info.server_version // 10000
    backup_id = _unused_id(folder, begin)
    making = folder.begin(backup_id)
    with _nothing_left(making):
        _copy(url, making / CLUSTER, Progress("copying the databases").at)
        if settings.backup.passphrase_file:
            _seal_secrets(home, settings.backup.passphrase_file, making)
        manifest = json.loads((making / CLUSTER / "backup_manifest").read_text())
        (wal,) = manifest["WAL-Ranges"]
        backup = Backup(
            id=backup_id,
            region=settings.region,
            chain=chain,
            postgres=version,
            begin_time=begin,
            end_time=datetime.now(UTC),
            timeline=wal["Timeline"],
            begin_position=wal["Start-LSN"],
            end_position=wal["End-LSN"],
            bytes=sum(file["Size"] for file in manifest["Files"]),
            sample_loaded=home.sample_loaded.exists(),
        )
        folder.finish(backup)
    return backup


def _check_space(connection: psycopg.Connection, folder: BackupFolder) -> None:
    """A backup is compressed; asking for the full size leaves room for WAL."""
    row = connection.execute(
        "SELECT sum(pg_database_size(oid))::bigint FROM pg_database"
    ).fetchone()
    needed, free = (row[0] if row else 0), shutil.disk_usage(folder.path).free
    if free < needed:
        raise Failure(
            f"{folder.path} has {free / 1e9:.1f} GB free, and the databases have {needed / 1e9:.1f} GB: "
            "make room, or keep fewer backups (--keep)"
        )


def _chain(connection: psycopg.Connection, folder: BackupFolder) -> str:
    """The chain in this folder for which PostgreSQL keeps what is not archived yet, or nothing."""
    slots = connection.execute(
        "SELECT slot_name FROM pg_replication_slots WHERE wal_status <> 'lost'"
    ).fetchall()
    for (slot,) in slots:
        chain = str(slot).removeprefix(SLOT_PREFIX)
        if chain != slot and folder.wal(chain).folder.exists():
            return chain
    return ""


def _copy(url: str, folder: Path, report: Callable[[float], None]) -> None:
    """Have pg_basebackup copy the cluster, with the WAL that makes the copy consistent."""
    command: list[str | Path] = [
        binaries() / "pg_basebackup",
        "--dbname",
        url,
        "--pgdata",
        folder,
        "--progress",
    ]
    command += ["--format=tar", "--compress=client-gzip:1", "--wal-method=stream"]
    command += ["--checkpoint=fast", "--manifest-checksums=SHA256"]
    complaints = []
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as copying:
        for line in copying.stderr or ():
            if found := _PROGRESS.search(line):
                report(int(found[1]) / max(int(found[2]), 1))
            else:
                complaints.append(line.strip())
    if copying.returncode != 0:
        raise Failure(f"the databases could not be copied: {' '.join(complaints)}")


def _unused_id(folder: BackupFolder, begin: datetime) -> str:
    """The second in which a backup begins, or the first one after it that no other is called by."""
    while folder.content(found := begin.strftime("%Y%m%dT%H%M%SZ")).exists():
        begin += timedelta(seconds=1)
    return found


def _seal_secrets(home: Home, passphrase_file: Path, making: Path) -> None:
    sealed = sealing.seal(home.secrets, sealing.passphrase(passphrase_file))
    (making / SEALED_SECRETS).write_bytes(sealed)


@contextlib.contextmanager
def _nothing_left(making: Path) -> Iterator[None]:
    """Remove what was begun if the block fails."""
    try:
        yield
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
