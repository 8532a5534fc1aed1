"""The gateway as a process: it stops gently, and leaves nothing behind when it is killed."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

from cli.processes import wait_until
from tests.component.gateway.conftest import Client, answers, start_gateway
from tests.trial.server import TrialServer


def until(condition: Callable[[], bool]) -> None:
    assert wait_until(condition, 20)


def test_a_request_that_runs_is_finished_before_it_stops(trial_server: TrialServer) -> None:
    process, client = start_gateway(f"127.0.0.1:{trial_server.port}", {})
    answers: list[int] = []
    calls = len(trial_server.requests)
    slow = threading.Thread(
        target=lambda: answers.append(client("GET", "/trial/v1/things/slow").status_code)
    )
    slow.start()
    until(lambda: len(trial_server.requests) > calls)
    process.terminate()
    assert process.wait(20) == 0
    slow.join()
    assert answers == [404]


def test_a_killed_gateway_frees_its_port(trial_server: TrialServer) -> None:
    process, client = start_gateway(f"127.0.0.1:{trial_server.port}", {})
    os.kill(process.pid, signal.SIGKILL)
    process.wait(20)
    until(lambda: not answers(client))


def test_a_download_that_fails_midway_is_an_error_and_not_a_shorter_file(client: Client) -> None:
    answer = client("GET", "/trial/v1/things:export?size=5013")
    assert (answer.status_code, answer.json()["reason"]) == (500, "INTERNAL")


def test_a_client_that_goes_away_gives_its_place_back(gateway: Callable[..., Client]) -> None:
    client = gateway(running=2, waiting=0, rate=1000, burst=1000)
    for _ in range(5):
        with client("GET", "/trial/v1/things:export?size=9000000", stream=True) as answer:
            assert answer.status_code == 200
            next(answer.iter_content(1000))
        until(lambda: client("GET", "/trial/v1/things:export?size=10").status_code == 200)
