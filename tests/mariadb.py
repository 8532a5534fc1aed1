"""MariaDB for the contract tests: Debian's server, run on a folder of our own."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

import pymysql

from cli.nats_server import free_port
from cli.processes import spawn, wait_until


class MariaDb:
    """A MariaDB server on loopback that ends with us."""

    def __init__(self, folder: Path) -> None:
        """Raises FileNotFoundError with what to install if there is no server on this machine."""
        for program in ("mariadbd", "mariadb-install-db"):
            if shutil.which(program) is None:
                raise FileNotFoundError(f"{program} is missing: apt-get install mariadb-server")
        self.folder = folder
        self.port = free_port()

    def start(self) -> subprocess.Popen[bytes]:
        """Make its files and start it; returns when it answers."""
        self.folder.mkdir()
        subprocess.run(
            [
                "mariadb-install-db",
                f"--datadir={self.folder}/data",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ],
            check=True,
            capture_output=True,
        )
        (self.folder / "data").chmod(0o755)
        process = spawn(
            [
                str(shutil.which("mariadbd")),
                "--no-defaults",
                f"--datadir={self.folder}/data",
                f"--port={self.port}",
                "--bind-address=127.0.0.1",
                f"--socket={self.folder}/mariadb.sock",
                f"--pid-file={self.folder}/mariadb.pid",
                "--skip-grant-tables",
                "--user=root",
                "--innodb-flush-log-at-trx-commit=0",
            ],
            last_signal=signal.SIGTERM,
        )
        if not wait_until(self._answers, 30):
            raise TimeoutError("MariaDB does not answer")
        return process

    def execute(self, statement: str) -> None:
        """Run one statement as the administrator."""
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def url(self, database: str) -> str:
        """The address of a database for SQLAlchemy."""
        return f"mariadb+pymysql://root@127.0.0.1:{self.port}/{database}?charset=utf8mb4"

    def _connect(self) -> pymysql.Connection:
        return pymysql.connect(host="127.0.0.1", port=self.port, user="root", autocommit=True)

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except pymysql.Error:
            return False
        return True
