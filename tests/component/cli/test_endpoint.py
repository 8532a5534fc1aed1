"""The endpoint tells whether a process lives, whether it is ready, and its metrics."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from chassis.environment import Address
from chassis.telemetry.endpoint import Endpoint


@pytest.fixture
def readiness() -> list[bool]:
    return [False]


@pytest.fixture
def endpoint(readiness: list[bool]) -> Iterator[Endpoint]:
    made = Endpoint(Address("127.0.0.1", 0), lambda: readiness[0])
    yield made
    made.close()


def get(endpoint: Endpoint, path: str) -> tuple[int, str, str]:
    url = f"http://127.0.0.1:{endpoint.port}{path}"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def test_ready_when_it_is(endpoint: Endpoint, readiness: list[bool]) -> None:
    assert get(endpoint, "/livez")[0] == 200
    assert get(endpoint, "/readyz")[0] == 503

    readiness[0] = True

    assert get(endpoint, "/readyz")[0] == 200


def test_metrics_are_in_the_format_of_prometheus(endpoint: Endpoint) -> None:
    status, content_type, body = get(endpoint, "/metrics")

    assert status == 200
    assert content_type.startswith("text/plain; version=")
    assert "# TYPE meridian_rpc_request_duration_seconds histogram" in body
    assert "process_cpu_seconds_total" in body


def test_nothing_else(endpoint: Endpoint) -> None:
    assert get(endpoint, "/")[0] == 404


def test_a_port_taken_is_an_error(endpoint: Endpoint) -> None:
    with pytest.raises(OSError, match="in use"):
        Endpoint(Address("127.0.0.1", endpoint.port), lambda: True)
