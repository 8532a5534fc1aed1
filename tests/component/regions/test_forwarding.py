"""A record of another region is reached through either gateway, by whom its region believes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.component.gateway.conftest import Client
from tests.component.regions.region import RunningRegion

ACCOUNTS = "/sales/v1/accounts"


@pytest.fixture
def account(emea: RunningRegion) -> dict[str, Any]:
    """An account that lives in emea."""
    answer = emea.person("sales.*@region")("POST", ACCOUNTS, json={"name": "Acme"})
    assert answer.status_code == 200, answer.text
    created: dict[str, Any] = answer.json()
    assert created["id"].split("_")[1] == "emea"
    return created


@pytest.fixture
def planner(na: RunningRegion) -> Client:
    """Somebody of na who may read and change accounts everywhere."""
    return na.person("sales.accounts.*@all")


def test_a_record_is_read_where_it_lives(planner: Client, account: dict[str, Any]) -> None:
    answer = planner("GET", f"{ACCOUNTS}/{account['id']}")

    assert (answer.status_code, answer.json()) == (200, account)
    assert answer.headers["Meridian-Region"] == "emea"
    assert answer.headers["ETag"] == '"1"'


def test_what_lives_here_is_answered_here(na: RunningRegion) -> None:
    here = na.person("sales.*@region")
    made = here("POST", ACCOUNTS, json={"name": "Here"})

    answer = here("GET", f"{ACCOUNTS}/{made.json()['id']}")

    assert (answer.status_code, answer.headers["Meridian-Region"]) == (200, "na")
    assert made.headers["Meridian-Region"] == "na"


def test_a_grant_that_ends_at_the_border_is_refused_there(
    na: RunningRegion, account: dict[str, Any]
) -> None:
    answer = na.person("sales.*@region")("GET", f"{ACCOUNTS}/{account['id']}")

    assert (answer.status_code, answer.json()["reason"]) == (403, "GRANT_ENDS_AT_BORDER")
    assert answer.json()["params"] == {
        "permission": "sales.accounts.read",
        "visibility": "region",
        "region": "na",
    }
    assert answer.headers["Meridian-Region"] == "emea"


def test_a_change_keeps_its_conditions_and_its_language(
    planner: Client, account: dict[str, Any]
) -> None:
    path = f"{ACCOUNTS}/{account['id']}"

    stale = planner(
        "PATCH",
        path,
        json={"name": "New"},
        headers={"If-Match": '"7"', "Accept-Language": "zh"},
    )
    changed = planner("PATCH", path, json={"name": "New"}, headers={"If-Match": '"1"'})

    assert (stale.status_code, stale.json()["reason"]) == (412, "STALE_ETAG")
    assert stale.headers["Content-Language"] == "zh"
    assert (changed.status_code, changed.json()["name"]) == (200, "New")
    assert changed.headers["ETag"] == '"2"'


def test_the_trace_goes_on_in_the_other_region(planner: Client, account: dict[str, Any]) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    traceparent = f"00-{trace_id}-b7ad6b7169203331-01"

    answer = planner("GET", f"{ACCOUNTS}/{account['id']}x", headers={"traceparent": traceparent})
    missing = planner(
        "GET", f"{ACCOUNTS}/{account['id'][:-1]}z", headers={"traceparent": traceparent}
    )

    assert (answer.status_code, answer.headers["Meridian-Region"]) == (404, "na")
    assert (missing.status_code, missing.headers["Meridian-Region"]) == (404, "emea")
    assert missing.json()["trace_id"] == missing.headers["X-Trace-Id"] == trace_id
