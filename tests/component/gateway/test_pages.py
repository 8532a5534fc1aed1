"""The pages beside the methods: for people and for programs."""

from __future__ import annotations

from tests.component.gateway.conftest import Client


def test_the_description_for_programs_is_sent_once(client: Client) -> None:
    first = client("GET", "/openapi.json")
    assert first.json()["openapi"] == "3.1.0"
    again = client("GET", "/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_description_for_people_needs_nothing_from_elsewhere(client: Client) -> None:
    for path in ("/docs", "/docs/trial"):
        page = client("GET", path)
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "/trial/v1/things/{id}:paint" in page.text
        assert "<script" not in page.text
    assert client("GET", "/docs/nothing").status_code == 404


def test_health_labels_and_readiness(client: Client) -> None:
    assert client("GET", "/healthz").json() == {"status": "ok"}
    assert client("GET", "/readyz").json() == {"services": {"trial": True}}
    labels = client("GET", "/meta/v1/enums", headers={"Accept-Language": "zh"})
    assert labels.json()["enums"]["meridian.trial.v1.Colour"] == [
        {"value": "COLOUR_RED", "label": "红"},
        {"value": "COLOUR_BLUE", "label": "蓝"},
    ]
    assert labels.headers["X-Trace-Id"]
