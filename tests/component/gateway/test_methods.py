"""Every kind of method, from HTTP through a real gateway process to a real gRPC server and back."""

from __future__ import annotations

import re

import pytest

from tests.component.gateway.conftest import Client
from tests.trial.server import TrialServer


def create(client: Client, **fields: object) -> str:
    answer = client("POST", "/trial/v1/things", json={"name": "wheel"} | fields)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def test_a_created_record_comes_back_with_its_etag_and_trace(client: Client) -> None:
    body = {
        "name": "车轮",
        "large": "9007199254740993",
        "parts": [{"label": "hub"}],
        "colour": "COLOUR_RED",
    }
    created = client("POST", "/trial/v1/things?dry_run=true", json=body)
    assert created.status_code == 200
    assert created.headers["ETag"] == '"1"'
    assert re.fullmatch(r"[0-9a-f]{32}", created.headers["X-Trace-Id"])
    read = client("GET", f"/trial/v1/things/{created.json()['id']}")
    assert {name: read.json()[name] for name in ("name", "large", "colour")} == {
        "name": "车轮",
        "large": "9007199254740993",
        "colour": "COLOUR_RED",
    }
    assert read.json()["parts"] == [{"label": "hub", "quantity": 0, "inner": []}]
    assert read.json() == created.json()


def test_query_parameters_fill_the_request(client: Client, trial_server: TrialServer) -> None:
    path = (
        "/trial/v1/things?page_size=7&filter=name%20%3D%20%22%E8%BD%A6%22&like.label=x&like.quantity=3"
        "&colours=COLOUR_RED&colours=COLOUR_BLUE&ready=false&since=2026-01-02T03:04:05Z&orderBy=name"
    )
    assert client("GET", path).status_code == 200
    request = trial_server.requests[-1]
    assert (request.page_size, request.filter, request.order_by) == (7, 'name = "车"', "name")
    assert (request.like.label, request.like.quantity) == ("x", 3)
    assert list(request.colours) == [1, 2]
    assert request.HasField("ready")
    assert not request.ready
    assert request.since.ToJsonString() == "2026-01-02T03:04:05Z"


def test_update_names_what_the_body_carries(client: Client, trial_server: TrialServer) -> None:
    thing = create(client)
    changed = {
        "id": thing,
        "name": "",
        "nickname": None,
        "create_time": "2026-01-01T00:00:00Z",
        "natural": 7,
        "etag": "1",
    }
    answer = client("PATCH", f"/trial/v1/things/{thing}", json=changed)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    request = trial_server.requests[-1]
    assert list(request.update_mask.paths) == ["name", "nickname"]
    assert (request.thing.id, request.thing.etag) == (thing, "1")


def test_an_update_mask_in_the_query_is_kept(client: Client, trial_server: TrialServer) -> None:
    thing = create(client)
    client(
        "PATCH",
        f"/trial/v1/things/{thing}?update_mask=name,partLabel",
        json={"name": "x", "small": 1},
    )
    assert list(trial_server.requests[-1].update_mask.paths) == ["name", "part_label"]


def test_a_stale_if_match_is_told_as_412(client: Client) -> None:
    thing = create(client)
    stale = client(
        "PATCH", f"/trial/v1/things/{thing}", json={"name": "x"}, headers={"If-Match": '"7"'}
    )
    assert (stale.status_code, stale.json()["reason"]) == (412, "STALE_ETAG")
    assert client("GET", f"/trial/v1/things/{thing}").json()["etag"] == "1"
    deleted = client("DELETE", f"/trial/v1/things/{thing}", headers={"If-Match": 'W/"1"'})
    assert (deleted.status_code, deleted.content) == (204, b"")


def test_a_known_version_is_not_sent_again(client: Client) -> None:
    thing = create(client)
    same = client("GET", f"/trial/v1/things/{thing}", headers={"If-None-Match": '"0", "1"'})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", '"1"')
    other = client("GET", f"/trial/v1/things/{thing}", headers={"If-None-Match": '"0"'})
    assert other.status_code == 200


def test_verbs_and_sub_collections(client: Client) -> None:
    thing = create(client, parts=[{"label": "hub"}])
    painted = client("POST", f"/trial/v1/things/{thing}:paint", json={"colour": "COLOUR_BLUE"})
    assert painted.json()["colour"] == "COLOUR_BLUE"
    parts = client("GET", f"/trial/v1/things/{thing}/parts").json()
    assert parts["parts"] == [{"label": "hub", "quantity": 0, "inner": []}]
    assert parts["next_page_token"] == ""


def test_a_public_method_needs_nobody(client: Client) -> None:
    for answer in (
        client("POST", "/trial/v1:greet", json={"name": "Anna"}, headers={"Authorization": None}),
        client("GET", "/trial/v1/greeting?name=Anna", headers={"Authorization": None}),
    ):
        assert answer.json() == {"greeting": "Hello Anna"}


def test_what_travels_along(client: Client, trial_server: TrialServer) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = client(
        "POST",
        "/trial/v1/things",
        json={"name": "x"},
        headers={
            "traceparent": f"00-{trace}-b7ad6b7169203331-01",
            "Accept-Language": "fr, zh-CN;q=0.9, en;q=0.5",
            "Idempotency-Key": "once",
            "X-Request-Timeout": "2.5",
        },
    )
    assert answer.headers["X-Trace-Id"] == trace
    metadata = trial_server.metadata
    assert metadata["traceparent"].startswith(f"00-{trace}-")
    assert metadata["authorization"] == "Bearer some-token"
    assert (metadata["accept-language"], metadata["idempotency-key"]) == ("zh", "once")
    assert 1 < trial_server.time_remaining < 2.6


def test_an_api_key_is_exchanged(client: Client, trial_server: TrialServer) -> None:
    headers = {"Authorization": None, "X-API-Key": "right-key"}
    assert client("GET", "/trial/v1/things", headers=headers).status_code == 200
    assert trial_server.metadata["authorization"] == "Bearer token-of-key"
    wrong = client("GET", "/trial/v1/things", headers=headers | {"X-API-Key": "wrong"})
    assert (wrong.status_code, wrong.json()["reason"]) == (401, "TOKEN_INVALID")


def test_an_upload_arrives_in_chunks(client: Client) -> None:
    content = b"a,b\n" * 250_000
    answer = client(
        "POST",
        "/trial/v1/things:import?source=fair",
        data=(content[start : start + 50_000] for start in range(0, len(content), 50_000)),
        headers={"Content-Type": "text/csv; charset=utf-8"},
    )
    assert answer.json() == {
        "bytes_received": "1000000",
        "messages_received": 4,
        "source": "fair",
        "content_type": "text/csv; charset=utf-8",
    }


def test_an_empty_upload_is_one_message(client: Client) -> None:
    answer = client(
        "POST", "/trial/v1/things:import?source=x", data=b"", headers={"Content-Type": "text/csv"}
    )
    assert answer.json()["messages_received"] == 1


def test_a_download_streams(client: Client) -> None:
    answer = client("GET", "/trial/v1/things:export?size=123456")
    assert answer.headers["Content-Type"] == "text/csv"
    assert answer.content == b"x" * 123456


def test_a_picture_keeps_its_type(client: Client) -> None:
    answer = client("GET", "/trial/v1/things/x/picture")
    assert (answer.headers["Content-Type"], answer.content) == ("image/png", b"\x89PNGx")


def test_head_and_options(client: Client) -> None:
    head = client("HEAD", "/trial/v1/things")
    assert (head.status_code, head.content) == (200, b"")
    options = client("OPTIONS", "/trial/v1/things")
    assert (options.status_code, options.headers["Allow"]) == (204, "GET, HEAD, OPTIONS, POST")


@pytest.mark.parametrize(
    "path", ["/trial/v1/things/thing_na_0", "/nowhere", "/trial/v1/things/x/y/z", "/"]
)
def test_what_is_not_there_is_a_problem_with_a_trace(client: Client, path: str) -> None:
    answer = client("GET", path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["trace_id"] == answer.headers["X-Trace-Id"]
