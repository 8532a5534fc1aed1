"""The embedded PostgreSQL and NATS start, keep data, recover, and never outlive their parent."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cli.nats_server import NatsServer, free_port
from cli.postgres import Postgres
from cli.processes import Fork, Process, stop, wait_until


@pytest.fixture
def server(servers_folder: Path, request: pytest.FixtureRequest) -> Postgres:
    folder = servers_folder / request.node.name
    folder.mkdir()
    return Postgres(folder / "pg", log=folder / "log", durable=False)


@pytest.fixture
def running() -> Iterator[list[Process]]:
    processes: list[Process] = []
    yield processes
    stop(processes, signal.SIGINT, 10)


def start(server: Postgres, running: list[Process]) -> Process:
    process = server.start()
    running.append(process)
    server.wait_until_ready(process)
    return process


def scalar(server: Postgres, query: str) -> object:
    with psycopg.connect(server.url("postgres")) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_it_is_postgresql_18_in_unicode_that_sorts_by_code_point(postgres_server: Postgres) -> None:
    assert str(scalar(postgres_server, "SHOW server_version")).startswith("18.")
    assert scalar(postgres_server, "SHOW server_encoding") == "UTF8"
    assert scalar(postgres_server, "SELECT lower('ÄÖ') || ('a' > 'B')::text") == "äötrue"
    assert scalar(postgres_server, "SHOW listen_addresses") == ""


def test_an_ordinary_start_is_crash_safe(servers_folder: Path, running: list[Process]) -> None:
    server = Postgres(servers_folder / "durable", log=servers_folder / "durable.log")
    start(server, running)

    assert scalar(server, "SHOW fsync") == "on"
    assert scalar(server, "SHOW synchronous_commit") == "on"
    assert scalar(server, "SHOW full_page_writes") == "on"


def test_data_survive_a_stop(server: Postgres, running: list[Process]) -> None:
    process = start(server, running)
    server.create_databases(["sales"])
    server.create_databases(["sales", "service"])
    assert stop([process], signal.SIGINT, 10) == []
    start(server, running)

    assert scalar(server, "SELECT count(*) FROM pg_database WHERE datname LIKE 's%e%'") == 2


def test_a_stale_process_id_of_something_else_does_not_matter(
    server: Postgres, running: list[Process]
) -> None:
    stop([start(server, running)], signal.SIGINT, 10)
    pid_file = server.data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{server.data}\n1\n5432\n\n\n\n")

    start(server, running)

    assert scalar(server, "SELECT 1") == 1


def test_a_server_left_running_is_stopped_first(server: Postgres, running: list[Process]) -> None:
    first = start(server, running)

    second = start(server, running)

    assert first.poll() == 0
    assert scalar(server, "SELECT 1") == 1
    assert second.poll() is None


def test_it_ends_when_its_parent_is_killed(server: Postgres, servers_folder: Path) -> None:
    told = servers_folder / "pid"

    def parent() -> None:
        process = server.start()
        server.wait_until_ready(process)
        told.write_text(str(process.pid))
        signal.pause()

    fork = Fork(parent)
    assert wait_until(lambda: told.exists() and told.read_text() != "", 30)
    pid = int(told.read_text())
    assert alive(pid)

    os.kill(fork.pid, signal.SIGKILL)

    assert wait_until(lambda: fork.poll() == -signal.SIGKILL, 10)
    assert wait_until(lambda: not alive(pid), 10)


def test_a_path_too_long_for_a_socket_works(servers_folder: Path, running: list[Process]) -> None:
    server = Postgres(servers_folder / ("x" * 120), log=servers_folder / "long.log", durable=False)
    process = start(server, running)

    assert scalar(server, "SELECT 1") == 1
    stop([process], signal.SIGINT, 10)
    server.sockets.rmdir()


def test_nats_greets_and_keeps_strangers_out(servers_folder: Path, running: list[Process]) -> None:
    server = NatsServer(
        servers_folder / "nats-greets", servers_folder / "greets.log", free_port(), "pw", "emea"
    )
    process = server.start()
    running.append(process)
    server.wait_until_ready(process)

    configuration = server.folder / "nats.conf"
    assert server.url == f"nats://meridian:pw@127.0.0.1:{server.port}"
    assert configuration.stat().st_mode & 0o777 == 0o600
    assert "sync_interval: always" in configuration.read_text()
    assert 'domain: "emea"' in configuration.read_text()
    assert stop([process], signal.SIGTERM, 10) == []
