"""Bringing a copied cluster forward through its WAL, up to a moment, in a folder of its own."""

from __future__ import annotations

import re
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from cli.backup.archives import extract
from cli.backup.planning import Plan
from cli.backup.progress import Progress
from cli.backup.segments import SEGMENT_BYTES
from cli.failure import Failure
from cli.postgres import Postgres
from cli.processes import Process, wait_until

_POLL_SECONDS = 0.2
_AT = re.compile(r"current LSN: ([0-9A-F]+)/([0-9A-F]+)")
_CAUSE = re.compile(r"(?:FATAL|PANIC): +(.*)")


def unpack(cluster: Path, plan: Plan, postgres: Postgres) -> None:
    """Make the cluster's files of a backup, and lay its WAL ready."""
    data = postgres.data
    data.mkdir(parents=True)
    _extract(cluster / "base.tar.gz", data, plan.backup.bytes, Progress("unpacking the backup").at)
    _extract(cluster / "pg_wal.tar.gz", data / "pg_wal", 0, lambda _share: None)
    report = Progress("fetching WAL").at
    for number, (segment, path) in enumerate(plan.files.items(), 1):
        _fetch(path, data / "pg_wal" / segment.name)
        report(number / len(plan.files))
    (data / "recovery.signal").touch()
    postgres.own(data)


def _fetch(archived: Path, ours: Path) -> None:
    """Copy a segment, unless the backup brought it and it reaches further there."""
    if not ours.exists() or _written(archived) > _written(ours):
        shutil.copyfile(archived, ours)


def _written(segment: Path) -> int:
    """How many bytes of a segment are written; the rest of the file is zeros."""
    return len(segment.read_bytes().rstrip(b"\0"))


def recovering(postgres: Postgres, at: datetime | None) -> Postgres:
    """The server with the parameters by which it recovers to a moment, and then goes on as usual.

    All WAL lies in pg_wal already, so the command that would fetch it always answers "there is none".
    """
    target = {"recovery_target_time": at.isoformat(sep=" ")} if at else {}
    return replace(
        postgres,
        settings={
            "restore_command": "false",
            "recovery_target_timeline": "current",
            "recovery_target_action": "promote",
            "hot_standby": "off",
            "log_startup_progress_interval": "1s",
            **target,
        },
    )


def wait_until_recovered(postgres: Postgres, process: Process, plan: Plan) -> None:
    """Return when it takes queries, having replayed all that the plan says.

    Raises Failure with PostgreSQL's own words if it cannot.
    """
    report = _share(plan, Progress("replaying WAL").at)
    while not postgres.answers():
        if process.poll() is not None:
            raise Failure(_complaint(postgres.log))
        report(postgres.log.read_text(errors="replace"))
        wait_until(lambda: process.poll() is not None, _POLL_SECONDS)


def _extract(archive: Path, folder: Path, size: int, report: Callable[[float], None]) -> None:
    done = 0
    with tarfile.open(archive) as members:
        for member in extract(members, folder):
            done += member.size
            report(done / max(size, 1))


def _share(plan: Plan, report: Callable[[float], None]) -> Callable[[str], None]:
    """Reads from PostgreSQL's log how far the replay is on its way."""
    first = plan.backup.first_segment.number * SEGMENT_BYTES
    length = max(len(plan.files), 1) * SEGMENT_BYTES

    def read(log: str) -> None:
        if positions := _AT.findall(log):
            high, low = (int(part, 16) for part in positions[-1])
            report(((high << 32) + low - first) / length)

    return read


def _complaint(log: Path) -> str:
    causes = _CAUSE.findall(log.read_text(errors="replace"))
    why = causes[0] if causes else "it ended without a word"
    return f"PostgreSQL could not recover: {why}; its log is {log}"
