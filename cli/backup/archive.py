"""The process that archives: has WAL copied as it is written, and watches how far behind the copy is.

pg_receivewal streams WAL into the folder of a chain and writes it to the disk at once. PostgreSQL never
waits for it: what the archive does not have yet is kept for its slot, up to cli.postgres.LONGEST_ARCHIVE_LAG.
A slot that lost WAL, or that is not there (after a restore), ends the chain and begins another one.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import threading
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from chassis.outages import Outage
from chassis.settings import Settings
from chassis.telemetry import archive_metrics
from chassis.telemetry.endpoint import Endpoint
from cli import assembly
from cli.backup.folder import BackupFolder
from cli.backup.taking import SLOT_PREFIX, take
from cli.failure import Failure
from cli.home import Home
from cli.postgres import Postgres, binaries
from cli.processes import spawn, stop, wait_until
from cli.waiting import stop_request

log = logging.getLogger(__name__)

LONGEST_EXPOSURE = 60.0
"""Seconds of work that may be lost with the data folder (PLT-9)."""

_INSPECTION_SECONDS = 5.0
_LAST_WAL_SECONDS = 30.0
_BACKUP_RETRY_SECONDS = 60.0


def archive(
    settings: Settings, home: Home, postgres: Postgres, log_file: Path | None = None
) -> None:
    """Archive until SIGTERM. PostgreSQL should end first: then it waits until all is archived."""
    asked = stop_request()
    assembly.begin(settings, "archive", (), log_file)
    archiver = Archiver(settings, home, postgres)
    endpoint = Endpoint(settings.backup.metrics, lambda: archiver.exposure < LONGEST_EXPOSURE)
    archive_metrics.watch_archive(settings.region, lambda: archiver.exposure)
    archiver.run(asked)
    endpoint.close()
    log.info("stopped")


class Archiver:
    """Archives one PostgreSQL into one backup folder."""

    def __init__(
        self,
        settings: Settings,
        home: Home,
        postgres: Postgres,
        every: float = _INSPECTION_SECONDS,
    ) -> None:
        """every: seconds between looks at how far it is."""
        if settings.backup.folder is None:
            raise Failure("MERIDIAN_BACKUP_FOLDER is not set")
        self._settings = settings
        self._home = home
        self._postgres = postgres
        self._every = every
        self._folder = BackupFolder.of(settings.backup.folder, settings.region)
        self._marks: deque[tuple[datetime, int]] = deque()
        self.archived_until = datetime.now(UTC)
        self._outage = Outage(log, "the archive of the databases")
        self._behind = Outage(log, "the promise that at most a minute of work can be lost")
        self._backup: threading.Thread | None = None
        self._backup_due = 0.0

    @property
    def exposure(self) -> float:
        """How many seconds of work would be lost if the data folder were lost now."""
        return (datetime.now(UTC) - self.archived_until).total_seconds()

    def run(self, asked: threading.Event) -> None:
        """Archive, however often that must be begun again, until asked to stop."""
        while not asked.is_set():
            try:
                self._archive(asked)
            except (OSError, psycopg.Error, Failure) as error:
                self._outage.note(error)
                self._report()
                asked.wait(self._every)

    def _archive(self, asked: threading.Event) -> None:
        url = self._postgres.url("postgres")
        with psycopg.connect(url, autocommit=True) as connection:
            chain = self._chain(connection)
            receiver = self._receive(chain)
            try:
                while not asked.wait(self._every):
                    if receiver.poll() is not None:
                        raise Failure(f"pg_receivewal ended; see {self._log_file}")
                    self._inspect(connection, chain)
            except psycopg.OperationalError:
                wait_until(lambda: receiver.poll() is not None, _LAST_WAL_SECONDS)
                raise
            finally:
                stop([receiver], signal.SIGINT, _LAST_WAL_SECONDS)

    def _chain(self, connection: psycopg.Connection) -> str:
        """The chain to go on with, or a new one. Slots of chains that ended are dropped.

        Raises OSError while the backup folder is away: a chain that is there again afterwards goes on.
        """
        self._folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        slots = connection.execute(
            "SELECT slot_name, wal_status FROM pg_replication_slots WHERE starts_with(slot_name, %s)",
            [SLOT_PREFIX],
        ).fetchall()
        for slot, status in slots:
            chain = str(slot).removeprefix(SLOT_PREFIX)
            if status != "lost" and self._folder.wal(chain).folder.exists():
                return chain
            log.warning("the chain %s cannot go on: its WAL is %s", chain, status)
            connection.execute("SELECT pg_drop_replication_slot(%s)", [slot])
        chain = datetime.now(UTC).strftime("%Y%m%dt%H%M%Sz")
        self._folder.wal(chain).folder.mkdir(mode=0o700, parents=True)
        connection.execute(
            "SELECT pg_create_physical_replication_slot(%s, true)", [SLOT_PREFIX + chain]
        )
        log.info("a new chain of WAL begins: %s", chain)
        return chain

    def _receive(self, chain: str) -> subprocess.Popen[bytes]:
        command = [binaries() / "pg_receivewal", "--dbname", self._postgres.url("postgres")]
        command += ["--slot", SLOT_PREFIX + chain, "--directory", self._folder.wal(chain).folder]
        command += ["--synchronous", "--no-loop"]
        with self._log_file.open("ab") as output:
            return spawn([*map(str, command)], last_signal=signal.SIGINT, output=output)

    def _inspect(self, connection: psycopg.Connection, chain: str) -> None:
        """Leave a mark in the WAL, see which marks the archive has by now, and report.

        The marks are commits, so that WAL tells the time also when nobody works: without a commit after
        it, a moment cannot be restored to.
        """
        moment = datetime.now(UTC)
        connection.execute("SELECT pg_logical_emit_message(true, 'meridian', 'mark')")
        row = connection.execute(
            "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint,"
            " pg_wal_lsn_diff(restart_lsn, '0/0')::bigint"
            " FROM pg_replication_slots WHERE slot_name = %s AND wal_status <> 'lost'",
            [SLOT_PREFIX + chain],
        ).fetchone()
        if row is None:
            raise Failure(f"WAL was lost before it could be archived; the chain {chain} ends")
        written, archived = row
        self._marks.append((moment, written))
        while self._marks and self._marks[0][1] <= archived:
            self.archived_until = self._marks.popleft()[0]
        archive_metrics.archive_waiting(self._settings.region, written - archived)
        self._report()
        self._outage.over()
        self._ensure_backup(chain)

    def _report(self) -> None:
        """Say when more than a minute of work could be lost, and when that is over."""
        if self.exposure > LONGEST_EXPOSURE:
            self._behind.note(
                Failure(f"the archive is behind since {self.archived_until:%H:%M:%S}")
            )
        else:
            self._behind.over()

    def _ensure_backup(self, chain: str) -> None:
        """A chain without a base backup is worth nothing: have one taken, while this goes on."""
        backups = self._folder.backups()
        if backups:
            archive_metrics.last_backup(self._settings.region, backups[-1].end_time.timestamp())
        busy = self._backup is not None and self._backup.is_alive()
        if busy or any(b.chain == chain for b in backups) or time.monotonic() < self._backup_due:
            return
        self._backup_due = time.monotonic() + _BACKUP_RETRY_SECONDS
        self._backup = threading.Thread(target=self._take_backup, name="backup", daemon=True)
        self._backup.start()

    def _take_backup(self) -> None:
        try:
            with self._folder.locked(alone=True):
                backup = take(self._postgres, self._home, self._settings, self._folder)
            log.info("backup %s begins the chain %s", backup.id, backup.chain)
        except (OSError, psycopg.Error, Failure) as error:
            log.error("the first backup of a chain could not be taken: %s", error)

    @property
    def _log_file(self) -> Path:
        return self._home.logs / "archive.log"
