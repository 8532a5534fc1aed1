"""A gateway process under granian, before a real gRPC server with a method of every kind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from cli.nats_server import free_port
from cli.processes import wait_until
from tests.trial.server import TrialServer


@dataclass
class Client:
    """Speaks HTTP with a gateway, with a token unless told otherwise."""

    base: str
    authorization: str = "Bearer some-token"

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": self.authorization} | options.pop("headers", {})
        headers = {name: value for name, value in headers.items() if value is not None}
        return requests.request(method, self.base + path, headers=headers, timeout=20, **options)


@pytest.fixture(scope="session")
def trial_server() -> Iterator[TrialServer]:
    server = TrialServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def gateway(trial_server: TrialServer) -> Iterator[Callable[..., Client]]:
    """Starts gateway processes; each call with other limits gives another one.

    With `unreachable` the service behind it cannot be reached.
    """
    running: dict[tuple[Any, ...], tuple[subprocess.Popen[bytes], Client]] = {}

    def start(**limits: float) -> Client:
        key = tuple(sorted(limits.items()))
        if key not in running:
            port = free_port() if limits.pop("unreachable", 0) else trial_server.port
            running[key] = start_gateway(f"127.0.0.1:{port}", limits)
        return running[key][1]

    yield start
    for process, _ in running.values():
        process.terminate()
    for process, _ in running.values():
        assert process.wait(20) == 0


@pytest.fixture
def client(gateway: Callable[..., Client]) -> Client:
    """A gateway with generous limits."""
    return gateway(rate=100_000, burst=100_000, body_bytes=100_000)


def start_gateway(target: str, limits: dict[str, float]) -> tuple[subprocess.Popen[bytes], Client]:
    """A gateway process that answers, with these limits, and a client of it."""
    port = free_port()
    changes = [f"{name}={value}" for name, value in limits.items()]
    command = [sys.executable, "-m", "tests.trial.gateway", str(port), target, *changes]
    process = subprocess.Popen(command)
    client = Client(f"http://127.0.0.1:{port}")
    assert wait_until(lambda: process.poll() is not None or answers(client), 20)
    assert process.poll() is None
    return process, client


def answers(client: Client) -> bool:
    """Whether anybody listens there."""
    try:
        client("GET", "/healthz")
    except requests.ConnectionError:
        return False
    return True
