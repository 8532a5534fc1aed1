"""Real PostgreSQL and real NATS for whoever asks.

Each pytest process (each worker of pytest-xdist) has servers of its own, started when the first
test needs them: about 0.7 s for PostgreSQL, 0.1 s for NATS. They end with the process, even if it
is killed. A test gets databases of its own, so tests may run in any order and side by side.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from cli import nats_server, postgres
from cli.nats_server import NatsServer, free_port
from cli.postgres import Postgres
from cli.processes import stop

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def servers_folder() -> Iterator[Path]:
    """A short-named folder that the system user of PostgreSQL can reach, gone after the session."""
    folder = Path(tempfile.mkdtemp(prefix="meridian-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server(servers_folder: Path) -> Iterator[Postgres]:
    """A running PostgreSQL 18 that trades crash safety for speed."""
    server = Postgres(
        servers_folder / "postgres", log=servers_folder / "postgres.log", durable=False
    )
    process = server.start()
    server.wait_until_ready(process)
    yield server
    stop([process], postgres.STOP_SIGNAL, 10)


@pytest.fixture
def empty_database_url(postgres_server: Postgres) -> Iterator[Callable[[], str]]:
    """Makes databases without any table; each call gives the URL of another one."""
    made: list[str] = []

    def make() -> str:
        made.append(f"empty_{next(_numbers)}")
        _run(postgres_server, f"CREATE DATABASE {made[-1]}")
        return postgres_server.url(made[-1])

    yield make
    for name in made:
        _run(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def nats_url(servers_folder: Path) -> Iterator[str]:
    """The URL of a running NATS 2.15 with JetStream, whose domain is "na"."""
    server = NatsServer(
        servers_folder / "nats",
        log=servers_folder / "nats.log",
        port=free_port(),
        password="secret",
        region="na",
        durable=False,
    )
    process = server.start()
    server.wait_until_ready(process)
    yield server.url
    stop([process], nats_server.STOP_SIGNAL, 10)


def _run(server: Postgres, statement: str) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())
