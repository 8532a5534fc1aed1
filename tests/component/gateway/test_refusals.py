"""Whatever is wrong with a request gets its status, its reason, the field, and changes nothing."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.component.gateway.conftest import Client
from tests.trial.server import TrialServer

THINGS = "/trial/v1/things"


def test_an_unknown_choice_is_told_what_can_be_chosen(client: Client) -> None:
    (error,) = client("POST", THINGS, json={"colour": "GREEN"}).json()["errors"]

    assert error["message"] == "Not a known value. Choose one of: COLOUR_RED, COLOUR_BLUE."


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "reason", "field"),
    [
        ("POST", THINGS, {"json": {"nmae": "x"}}, 400, "UNKNOWN_FIELD_NEAR", "thing.nmae"),
        ("POST", THINGS, {"json": {"name": 7}}, 400, "WRONG_TYPE", "thing.name"),
        ("POST", THINGS, {"json": {"small": 2**40}}, 400, "OUT_OF_RANGE", "thing.small"),
        ("POST", THINGS, {"json": {"colour": "GREEN"}}, 400, "UNKNOWN_ENUM_VALUE", "thing.colour"),
        (
            "POST",
            THINGS,
            {"json": {"parts": [{"quantity": "x"}]}},
            400,
            "WRONG_TYPE",
            "thing.parts[0].quantity",
        ),
        ("POST", THINGS, {"json": []}, 400, "WRONG_TYPE", "thing"),
        ("POST", THINGS + "?dry_run=maybe", {"json": {}}, 400, "WRONG_TYPE", "dry_run"),
        ("GET", THINGS + "?page_size=many", {}, 400, "WRONG_TYPE", "page_size"),
        ("GET", THINGS + "?page_size=1&page_size=2", {}, 400, "FIELD_TWICE", "page_size"),
        ("GET", THINGS + "?colour=COLOUR_RED", {}, 400, "UNKNOWN_PARAMETER", "colour"),
        ("GET", THINGS + "?like.inner.label=x", {}, 400, "UNKNOWN_PARAMETER", "like.inner.label"),
        ("GET", THINGS + "?like=x", {}, 400, "UNKNOWN_PARAMETER", "like"),
        (
            "POST",
            THINGS + "/x:paint?colour=COLOUR_RED",
            {"json": {}},
            400,
            "UNKNOWN_PARAMETER",
            "colour",
        ),
        ("POST", THINGS + "/x:paint", {"json": {"id": "y"}}, 400, "PATH_MISMATCH", "id"),
        ("PATCH", THINGS + "/x", {"json": {"id": "y"}}, 400, "PATH_MISMATCH", "thing.id"),
    ],
)
def test_a_wrong_field_is_named(
    client: Client,
    trial_server: TrialServer,
    method: str,
    path: str,
    options: dict[str, Any],
    status: int,
    reason: str,
    field: str,
) -> None:
    calls = len(trial_server.requests)
    answer = client(method, path, **options)
    problem = answer.json()
    assert (answer.status_code, problem["reason"]) == (status, "INVALID_FIELDS")
    assert [(error["field"], error["reason"]) for error in problem["errors"]] == [(field, reason)]
    assert problem["errors"][0]["message"] != reason
    assert len(trial_server.requests) == calls


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "reason"),
    [
        (
            "POST",
            THINGS,
            {"data": b"{]", "headers": {"Content-Type": "application/json"}},
            400,
            "MALFORMED_JSON",
        ),
        (
            "POST",
            THINGS,
            {"data": b"\xff", "headers": {"Content-Type": "application/json"}},
            400,
            "MALFORMED_JSON",
        ),
        (
            "POST",
            THINGS,
            {"data": b"a=b", "headers": {"Content-Type": "text/plain"}},
            415,
            "CONTENT_TYPE",
        ),
        ("POST", THINGS, {"data": {"a": "b"}}, 415, "CONTENT_TYPE"),
        ("POST", THINGS, {"json": {"name": "x" * 200_000}}, 413, "BODY_TOO_LARGE"),
        ("POST", THINGS, {"data": (b"x" * 9_000 for _ in range(20))}, 413, "BODY_TOO_LARGE"),
        (
            "POST",
            THINGS,
            {"json": {}, "headers": {"Content-Encoding": "gzip"}},
            415,
            "CONTENT_ENCODING",
        ),
        (
            "POST",
            THINGS,
            {"json": {}, "headers": {"Idempotency-Key": "x" * 201}},
            400,
            "IDEMPOTENCY_KEY_MALFORMED",
        ),
        ("POST", THINGS, {"json": {}, "headers": {"If-Match": '"1"'}}, 400, "IF_MATCH_UNSUPPORTED"),
        (
            "PATCH",
            THINGS + "/x",
            {"json": {}, "headers": {"If-Match": '"1", "2"'}},
            400,
            "IF_MATCH_MALFORMED",
        ),
        ("POST", THINGS + "/x:paint", {"json": [1]}, 400, "BODY_NOT_AN_OBJECT"),
        ("GET", THINGS + "?filter=%FF", {}, 400, "MALFORMED_QUERY"),
        ("GET", THINGS, {"headers": {"X-Request-Timeout": "soon"}}, 400, "TIMEOUT_MALFORMED"),
        ("GET", THINGS, {"headers": {"Authorization": None}}, 401, "TOKEN_MISSING"),
        ("GET", THINGS, {"headers": {"X-API-Key": "k"}}, 400, "CREDENTIALS_TWICE"),
        ("PUT", THINGS, {}, 405, "METHOD_NOT_ALLOWED"),
        ("GET", THINGS + "/x:paint", {}, 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/healthz", {}, 405, "METHOD_NOT_ALLOWED"),
        ("POST", THINGS, {"json": {"name": "taken"}}, 409, "NAME_TAKEN"),
        ("POST", THINGS, {"json": {"name": "burst"}}, 500, "INTERNAL"),
        ("GET", THINGS + ":export?size=-1", {}, 500, "INTERNAL"),
        (
            "POST",
            THINGS + ":import",
            {"data": b"a", "headers": {"Content-Type": "application/json"}},
            415,
            "CONTENT_TYPE",
        ),
    ],
)
def test_a_wrong_request_is_told_why(
    client: Client,
    trial_server: TrialServer,
    method: str,
    path: str,
    options: dict[str, Any],
    status: int,
    reason: str,
) -> None:
    before = dict(trial_server.things)
    answer = client(method, path, **options)
    problem = answer.json()
    assert (answer.status_code, problem["reason"]) == (status, reason)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["trace_id"] == answer.headers["X-Trace-Id"]
    assert "secret internals" not in answer.text
    assert trial_server.things == before


def test_several_wrong_fields_are_told_together_in_chinese(client: Client) -> None:
    answer = client(
        "POST", THINGS, json={"name": 1, "no_such": 2}, headers={"Accept-Language": "zh-CN"}
    )
    problem = answer.json()
    assert problem["detail"] == "2 个字段无效，详见各字段说明。"
    assert problem["errors"][0] == {
        "field": "thing.name",
        "reason": "WRONG_TYPE",
        "message": "类型不符：期望字符串，实际为数字。",
    }
    assert answer.headers["Content-Language"] == "zh"


def test_a_field_that_the_service_refuses_keeps_its_name(client: Client) -> None:
    thing = client("POST", THINGS, json={"name": "x"}).json()["id"]
    problem = client("POST", f"{THINGS}/{thing}:paint", json={}).json()
    assert problem["domain"] == "trial.meridian"
    assert problem["errors"] == [{"field": "colour", "reason": "REQUIRED", "message": "Needed."}]


def test_a_method_that_is_not_allowed_says_which_are(client: Client) -> None:
    assert client("PUT", THINGS).headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_a_file_larger_than_allowed_is_refused_however_it_is_sent(
    gateway: Callable[..., Client],
) -> None:
    client = gateway(upload_bytes=300_000)
    for content in (b"x" * 300_001, (b"x" * 100_000 for _ in range(4))):
        answer = client(
            "POST", "/trial/v1/things:import", data=content, headers={"Content-Type": "text/csv"}
        )
        assert (answer.status_code, answer.json()["reason"]) == (413, "BODY_TOO_LARGE")


def test_an_upload_that_breaks_off_is_refused(client: Client) -> None:
    host, port = client.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            b"POST /trial/v1/things:import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n"
            b"Content-Type: text/csv\r\nContent-Length: 1000\r\n\r\nhalf"
        )
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(4096)
    assert b" 200 " not in answer.partition(b"\r\n")[0]


def test_a_service_that_is_gone_is_told_as_503(gateway: Callable[..., Client]) -> None:
    client = gateway(unreachable=1)
    answer = client("POST", THINGS, json={"name": "x"})
    assert (answer.status_code, answer.json()["reason"]) == (503, "NEIGHBOUR_UNAVAILABLE")
    assert answer.headers["Retry-After"] == "1"
    ready = client("GET", "/readyz")
    assert (ready.status_code, ready.json()) == (503, {"services": {"trial": False}})


def test_one_request_too_many_is_told_when_to_come_back(gateway: Callable[..., Client]) -> None:
    client = gateway(rate=1, burst=2)
    answers = [client("GET", THINGS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["RateLimit"] == '"client";r=1;t=1'
    assert answers[0].headers["RateLimit-Policy"] == '"client";q=2;w=2'
    assert answers[2].json()["reason"] == "RATE_LIMITED"
    assert int(answers[2].headers["Retry-After"]) >= 1
    other = client("GET", THINGS, headers={"Authorization": "Bearer other"})
    assert other.status_code == 200


def test_too_much_at_once_is_shed(gateway: Callable[..., Client]) -> None:
    client = gateway(running=1, waiting=1, patience=0.2)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client("GET", "/trial/v1/things/slow"), range(8)))
    shed = [answer for answer in answers if answer.status_code == 503]
    assert shed
    assert {answer.json()["reason"] for answer in shed} == {"OVERLOADED"}
    assert {answer.headers["Retry-After"] for answer in shed} == {"1"}


def test_a_deadline_that_passes_is_told_as_504(client: Client) -> None:
    answer = client("GET", "/trial/v1/things/slower", headers={"X-Request-Timeout": "1"})
    assert (answer.status_code, answer.json()["reason"]) == (504, "DEADLINE_EXCEEDED")
