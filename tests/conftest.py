"""Real PostgreSQL and real NATS for whoever asks.

Each pytest process (each worker of pytest-xdist) has servers of its own, started when the first
test needs them: about 0.7 s for PostgreSQL, 0.1 s for NATS. They end with the process, even if it
is killed. A test gets databases of its own, so tests may run in any order and side by side.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest

from chassis.database import Database
from chassis.manifest import Service
from chassis.migrate import migrate
from chassis.settings import Settings
from cli import nats_server, postgres
from cli.nats_server import NatsServer, free_port
from cli.postgres import Postgres
from cli.processes import stop
from tests.mariadb import MariaDb
from tests.running import RunningService

# How long an example takes depends on who else uses the machine.
hypothesis.settings.register_profile(
    "meridian", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("meridian")

#: Faster than writing the copy to the log, where a crash need not be survived.
_COPY = "STRATEGY FILE_COPY"
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


@pytest.fixture(scope="session")
def migrated_template(postgres_server: Postgres) -> Callable[[Service], str]:
    """The name of a database with a service's tables, made once."""
    made: dict[str, str] = {}

    def make(service: Service) -> str:
        if service.name not in made:
            name = f"template_{service.name}"
            _run(postgres_server, f"CREATE DATABASE {name}")
            database = Database(postgres_server.url(name))
            migrate(service, database)
            database.close()
            made[service.name] = name
        return made[service.name]

    return make


@pytest.fixture
def service_database_url(
    postgres_server: Postgres, migrated_template: Callable[[Service], str]
) -> Iterator[Callable[[Service], str]]:
    """Makes migrated, empty databases of services; each call gives another one."""
    with _databases(postgres_server, migrated_template) as make:
        yield make


@pytest.fixture(scope="module")
def module_database_url(
    postgres_server: Postgres, migrated_template: Callable[[Service], str]
) -> Iterator[Callable[[Service], str]]:
    """As service_database_url, for services that all tests of a module share."""
    with _databases(postgres_server, migrated_template) as make:
        yield make


@contextlib.contextmanager
def _databases(
    postgres_server: Postgres, migrated_template: Callable[[Service], str]
) -> Iterator[Callable[[Service], str]]:
    made: list[str] = []

    def make(service: Service) -> str:
        template = migrated_template(service)
        made.append(f"{service.name}_{next(_numbers)}")
        _run(postgres_server, f"CREATE DATABASE {made[-1]} TEMPLATE {template} {_COPY}")
        return postgres_server.url(made[-1])

    yield make
    for name in made:
        _run(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def run_service(
    service_database_url: Callable[[Service], str],
) -> Iterator[Callable[..., RunningService]]:
    """Runs a service on a database of its own; takes the addresses of neighbours it may call."""
    running: list[RunningService] = []

    def run(
        service: Service, *, settings: Settings | None = None, **neighbours: str
    ) -> RunningService:
        url = service_database_url(service)
        running.append(RunningService(service, url, neighbours, settings))
        return running[-1]

    yield run
    for service in running:
        service.stop()


@pytest.fixture(scope="session")
def mariadb_server(servers_folder: Path) -> Iterator[MariaDb]:
    """A running MariaDB."""
    server = MariaDb(servers_folder / "mariadb")
    process = server.start()
    yield server
    stop([process], signal.SIGTERM, 10)


@pytest.fixture(params=["postgresql", "sqlite", pytest.param("mariadb", marks=pytest.mark.mariadb)])
def any_database(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[Service], Database]]:
    """Makes migrated databases of services on each supported engine in turn."""
    made: list[Database] = []

    def make(service: Service) -> Database:
        made.append(Database(_address(request, service, tmp_path)))
        if request.param != "postgresql":
            migrate(service, made[-1])
        return made[-1]

    yield make
    for database in made:
        database.close()


def _address(request: pytest.FixtureRequest, service: Service, folder: Path) -> str:
    match request.param:
        case "postgresql":
            url: str = request.getfixturevalue("service_database_url")(service)
            return url
        case "mariadb":
            server: MariaDb = request.getfixturevalue("mariadb_server")
            name = f"{service.name}_{next(_numbers)}"
            server.execute(f"CREATE DATABASE {name}")
            return server.url(name)
    return f"sqlite:///{folder}/{service.name}.db"
