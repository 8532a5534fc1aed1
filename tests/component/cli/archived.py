"""A region reduced to what backups are about: PostgreSQL, one service's database, and the archive."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from pathlib import Path

import psycopg

from chassis.configuration import parse
from chassis.database import Database
from chassis.migrate import migrate
from chassis.settings import Settings
from cli import postgres
from cli.assembly import manifest
from cli.backup.archive import Archiver
from cli.backup.folder import BackupFolder
from cli.embedded import postgres_of
from cli.home import Home, Running
from cli.processes import Process, stop, wait_until

SERVICE = "partners"


class ArchivedRegion:
    """Its data folder and, beside it, its backup folder."""

    def __init__(self, folder: Path, **variables: str) -> None:
        """variables: further settings, for example MERIDIAN_REGION="emea"."""
        folder.mkdir()
        self.backups = folder / "backups"
        self.settings = self.configured(
            MERIDIAN_HOME=str(folder / "home"),
            MERIDIAN_BACKUP_FOLDER=str(self.backups),
            **variables,
        )
        self.home = Home(self.settings.home)
        self.folder = BackupFolder.of(self.backups, self.settings.region)
        server = postgres_of(self.settings, self.home)
        assert server is not None
        self.server = server
        self.archiver: Archiver | None = None
        self._process: Process | None = None
        self._asked = threading.Event()
        self._thread: threading.Thread | None = None

    @staticmethod
    def configured(**variables: str) -> Settings:
        """Settings from nothing but these variables."""
        return parse(variables)

    def start(self) -> None:
        """Run PostgreSQL, with the service's tables."""
        self.home.prepare()
        self._process = self.server.start()
        self.server.wait_until_ready(self._process)
        self.server.create_databases([SERVICE])
        database = Database(self.server.url(SERVICE))
        migrate(manifest(SERVICE), database)
        database.close()
        self.home.announce(Running(os.getpid(), {}, ""))

    def archive(self) -> None:
        """Archive in the background, and wait for the backup with which the chain begins."""
        chains = {backup.chain for backup in self.folder.backups()}
        self._asked.clear()
        self.archiver = Archiver(self.settings, self.home, self.server, every=0.2)
        self._thread = threading.Thread(target=self.archiver.run, args=(self._asked,))
        self._thread.start()
        self.settle()
        new = {folder.name for folder in (self.folder.path / "wal").iterdir()} - chains
        if new:
            assert wait_until(lambda: new & {b.chain for b in self.folder.backups()}, 30)

    def settle(self) -> None:
        """Wait until all that is committed now is archived."""
        assert self.archiver is not None
        mark = self.archiver.archived_until
        assert wait_until(lambda: self.archiver.archived_until > mark, 30)
        mark = self.archiver.archived_until
        assert wait_until(lambda: self.archiver.archived_until > mark, 30)

    def stop(self) -> None:
        """Stop PostgreSQL in order, then the archive."""
        if self._process:
            assert stop([self._process], postgres.STOP_SIGNAL, 60) == []
        self._end()

    def destroy(self) -> None:
        """Kill PostgreSQL and remove its data folder."""
        if self._process:
            stop([self._process], signal.SIGKILL, 10)
        self._end()
        shutil.rmtree(self.home.path)

    def write(self, *events: str) -> None:
        """Commit a published event and its receipt for each id."""
        with psycopg.connect(self.server.url(SERVICE)) as connection:
            for event in events:
                connection.execute(
                    "INSERT INTO outbox (event_id, subject, aggregate_id, payload, headers, create_time,"
                    " publish_time) VALUES (%s, 's', 'a', '', '{}', now(), now())",
                    [event],
                )
                connection.execute(
                    "INSERT INTO inbox VALUES ('c', %s, now() - interval '13 days')", [event]
                )

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """Rows of the service's database."""
        with psycopg.connect(self.server.url(SERVICE)) as connection:
            return connection.execute(statement.encode()).fetchall()

    def events(self) -> list[str]:
        """The ids of the events that are there, in order."""
        return [str(row[0]) for row in self.query("SELECT event_id FROM outbox ORDER BY position")]

    def _end(self) -> None:
        self.home.withdraw()
        self._process = None
        self._asked.set()
        if self._thread:
            self._thread.join()
