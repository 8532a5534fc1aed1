"""A region that hangs, breaks off or lies costs this one little, and nobody is told a wrong thing."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from chassis.telemetry import request_metrics
from cli.processes import wait_until
from tests.component.regions.pair import BORN_IN_EMEA, BORN_IN_NA, side
from tests.component.regions.stubborn import stubborn

THINGS = "/trial/v1/things"
HOT = {"X-Request-Timeout": "1.5"}


def test_a_region_that_hangs_keeps_its_own_places_alone() -> None:
    with (
        stubborn(None) as silent,
        side("na") as na,
        na.serving(silent.peer, running=2, waiting=6) as client,
        ThreadPoolExecutor(8) as threads,
    ):
        na.keep(BORN_IN_NA)
        asked = [
            threads.submit(client, "GET", f"{THINGS}/{BORN_IN_EMEA}", headers=HOT) for _ in range(8)
        ]
        assert wait_until(lambda: len(silent.requests) >= 2, 10)
        began = time.monotonic()
        here = [client("GET", f"{THINGS}/{BORN_IN_NA}").status_code for _ in range(20)]

        assert here == [200] * 20
        assert time.monotonic() - began < 1.5
        reasons = Counter(each.result().json()["reason"] for each in asked)
        assert reasons == {"REGION_ANSWER_MISSING": 2, "FORWARDING_BUSY": 6}
        assert len(silent.requests) == 2


def test_after_a_failure_nobody_waits_for_a_second() -> None:
    with (
        stubborn(None) as silent,
        side("na") as na,
        na.serving(silent.peer) as client,
    ):
        late = client("GET", f"{THINGS}/{BORN_IN_EMEA}", headers={"X-Request-Timeout": "1"})
        began = time.monotonic()
        soon = client("GET", f"{THINGS}/{BORN_IN_EMEA}")

        assert (late.status_code, late.json()["reason"]) == (504, "REGION_ANSWER_MISSING")
        assert (soon.status_code, soon.json()["reason"]) == (503, "REGION_UNREACHABLE")
        assert time.monotonic() - began < 0.5
        assert len(silent.requests) == 1


@pytest.mark.parametrize(
    ("verb", "headers", "times", "status"),
    [
        ("GET", {}, 2, 200),
        ("DELETE", {}, 1, 504),
        ("DELETE", {"Idempotency-Key": "once"}, 2, 200),
    ],
)
def test_only_what_has_one_effect_is_sent_again(
    verb: str, headers: dict[str, str], times: int, status: int
) -> None:
    with stubborn(1) as moody, side("na") as na, na.serving(moody.peer) as client:
        answer = client(verb, f"{THINGS}/{BORN_IN_EMEA}", headers=headers)

        assert answer.status_code == status
        assert len(moody.requests) == times


def test_what_an_answer_tells_clients_comes_back_once_and_nothing_else() -> None:
    with stubborn(0) as peer, side("na") as na, na.serving(peer.peer) as client:
        answer = client("GET", f"{THINGS}/{BORN_IN_EMEA}")

        assert (answer.status_code, answer.headers["Meridian-Replica-Age"]) == (200, "3")
        assert "X-Powered-By" not in answer.headers


def test_half_an_answer_is_none() -> None:
    with (
        stubborn(0, cut_off=10) as breaking,
        side("na") as na,
        na.serving(breaking.peer) as client,
    ):
        answer = client("GET", f"{THINGS}/{BORN_IN_EMEA}")

        assert (answer.status_code, answer.json()["reason"]) == (503, "REGION_UNREACHABLE")


def test_half_a_file_is_noticed() -> None:
    with (
        stubborn(0, cut_off=10) as breaking,
        side("na") as na,
        na.serving(breaking.peer) as client,
        pytest.raises(requests.RequestException),
    ):
        client("GET", f"{THINGS}/{BORN_IN_EMEA}/picture")


def test_a_list_waits_for_a_silent_region_half_the_time() -> None:
    with stubborn(None) as silent, side("na") as na, na.serving(silent.peer) as client:
        na.keep(BORN_IN_NA, name="here")
        began = time.monotonic()

        page = client(
            "GET", THINGS, params={"regions": "all"}, headers={"X-Request-Timeout": "2"}
        ).json()

        assert time.monotonic() - began < 1.9
        assert [thing["name"] for thing in page["things"]] == ["here"]
        assert page["regions"] == [
            {"region": "emea", "state": "unreachable", "reason": "REGION_ANSWER_MISSING"},
            {"region": "na", "state": "answered"},
        ]


def test_what_is_sent_on_is_counted() -> None:
    def counted(outcome: str) -> float:
        return request_metrics._FORWARDED_TOTAL.labels("emea", outcome)._value.get()

    with side("na") as na, side("emea") as emea, na.serving(emea.peer()) as client:
        before = counted("unreachable"), counted("answered")
        client("GET", f"{THINGS}/{BORN_IN_EMEA}")
        assert counted("unreachable") == before[0] + 1
        assert counted("answered") == before[1]
