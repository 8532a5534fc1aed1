"""Duties that one process at a time has for a service: publishing its outbox, consuming a source.

Order depends on it: two processes that publish (or handle) the events of one aggregate side by side
would shuffle them. Whoever stands by takes a duty over within moments of its holder's death, since
the lock belongs to the holder's database session: an advisory lock on PostgreSQL, a named lock on
MariaDB. SQLite is for one machine, where a locked file beside the database serves.
A holder that lost its session without noticing yet may overlap with its successor for a moment; that
is harmless for "once" (message ids, inbox) and can only repeat what the successor does too.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import os
import threading
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from chassis.database import Database
from chassis.outages import Outage

log = logging.getLogger(__name__)

_TAKE_SECONDS = 0.25
_CHECK_SECONDS = 1.0


class Leases:
    """The duties of one service, as far as this process has them."""

    def __init__(self, service: str, database: Database, duties: Sequence[str]) -> None:
        self._service = service
        self._database = database
        self._held = {duty: threading.Event() for duty in duties}
        self._outage = Outage(log, f"{service}: whoever has a duty")

    def holds(self, duty: str) -> bool:
        """Whether this process has the duty now."""
        return self._held[duty].is_set()

    def wait_for(self, duty: str, seconds: float) -> bool:
        """Wait until this process has the duty. False if it does not within so many seconds."""
        return self._held[duty].wait(seconds)

    def run(self, stopping: threading.Event) -> None:
        """Take what is free and notice what is lost, until stopping; then give all up."""
        while not stopping.is_set():
            try:
                with _locks(self._database) as locks:
                    self._outage.over()
                    self._keep(locks, stopping)
            except (sa.exc.SQLAlchemyError, OSError) as error:
                self._outage.note(error)
            finally:
                for held in self._held.values():
                    held.clear()
            stopping.wait(_TAKE_SECONDS)

    def _keep(self, locks: _Locks, stopping: threading.Event) -> None:
        while not stopping.is_set():
            for duty, held in self._held.items():
                if not held.is_set() and locks.take(f"meridian.{self._service}.{duty}"):
                    log.info("%s: this process has the duty %s", self._service, duty)
                    held.set()
            complete = all(held.is_set() for held in self._held.values())
            stopping.wait(_CHECK_SECONDS if complete else _TAKE_SECONDS)
            locks.check()


@contextlib.contextmanager
def nobody_else(service: str, database: Database, duties: Sequence[str]) -> Iterator[str]:
    """Have all these duties while the block runs, so that nobody can work.

    Gives the first one that another process has; then they are not ours. "" if they are.
    """
    with _locks(database) as locks:
        yield next((d for d in duties if not locks.take(f"meridian.{service}.{d}")), "")


class _Locks(contextlib.AbstractContextManager["_Locks"]):
    """Named locks that end with the session that holds them: MariaDB's, and what the others share."""

    def __init__(self, database: Database) -> None:
        self._connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._connection.detach()
        self._scope = database.engine.url.database

    def __exit__(self, *exc: object) -> None:
        self._connection.close()

    def take(self, name: str) -> bool:
        """Take a lock if it is free. MariaDB's names count for the whole server."""
        lock = sa.func.get_lock(f"{self._scope}.{name}", 0)
        return bool(self._connection.scalar(sa.select(lock)))

    def check(self) -> None:
        """Raises DBAPIError if the session, and with it every lock, is lost."""
        self._connection.execute(sa.select(1))


class _AdvisoryLocks(_Locks):
    """PostgreSQL. The server looks after dead clients, so that their locks end soon."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        for setting, value in (("idle", 5), ("interval", 2), ("count", 3)):
            self._connection.execute(sa.text(f"SET tcp_keepalives_{setting} = {value}"))

    def take(self, name: str) -> bool:
        """Take a lock if it is free."""
        digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
        number = int.from_bytes(digest, "big", signed=True)
        return bool(self._connection.scalar(sa.select(sa.func.pg_try_advisory_lock(number))))


class _FileLocks(_Locks):
    """SQLite: a locked file for each name, in the folder of the database."""

    def __init__(self, database: Database) -> None:
        self._path = database.engine.url.database or ""
        self._files: list[int] = []

    def __exit__(self, *exc: object) -> None:
        for file in self._files:
            os.close(file)

    def take(self, name: str) -> bool:
        """Take a lock if it is free."""
        file = os.open(f"{self._path}.{name}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._files.append(file)
        return True

    def check(self) -> None:
        """A file's lock is not lost while the process lives."""


def _locks(database: Database) -> _Locks:
    kinds = {"postgresql": _AdvisoryLocks, "sqlite": _FileLocks}
    return kinds.get(database.dialect, _Locks)(database)
