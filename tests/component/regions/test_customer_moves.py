"""A customer's move is asked for where the customer lives, and read from everywhere (PLT-4)."""

from __future__ import annotations

from typing import Any

from chassis.app import utc_now
from chassis.ids import new_id
from tests.component.regions.region import RunningRegion

MOVES = "/directory/v1/customer_moves"


def begun(na: RunningRegion, **fields: Any) -> Any:
    """The answer to somebody in na who wants a customer moved to emea."""
    body = {
        "account_id": new_id("account", "na", utc_now()),
        "to_region": "emea",
        "owner_id": new_id("user", "emea", utc_now()),
        "reason": "Their head office moved",
    }
    return na.person("*@region")("POST", MOVES, json=body | fields)


def test_a_move_is_read_from_other_regions_too(na: RunningRegion, emea: RunningRegion) -> None:
    made = begun(na).json()
    assert made["state"] == "CUSTOMER_MOVE_STATE_PROPOSED"
    assert [part["service"] for part in made["parts"]] == [
        "sales",
        "service",
        "marketing",
        "partners",
    ]
    planner = emea.person("directory.customer_moves.read@all")

    read = planner("GET", f"{MOVES}/{made['id']}")
    listed = planner("GET", f"{MOVES}?regions=all&filter=state%20%3D%20PROPOSED")

    assert (read.status_code, read.json()) == (200, made)
    assert read.headers["Meridian-Region"] == "na"
    assert [each["id"] for each in listed.json()["customer_moves"]] == [made["id"]]


def test_nobody_moves_customers_out_of_another_region(
    na: RunningRegion, emea: RunningRegion
) -> None:
    made = begun(na).json()
    somebody = emea.person("*@all")

    cancelled = somebody("POST", f"{MOVES}/{made['id']}:cancel", json={"reason": "no"})
    there = {"account_id": made["account_id"], "to_region": "na", "reason": "ours"}
    asked = somebody("POST", MOVES, json=there | {"owner_id": new_id("user", "na", utc_now())})

    assert (cancelled.status_code, cancelled.json()["reason"]) == (403, "FORWARDING_FORBIDDEN")
    assert (asked.status_code, asked.json()["reason"]) == (409, "CUSTOMER_LIVES_ELSEWHERE")
    assert asked.json()["params"] == {"region": "na"}
    assert na.person("*@region")("GET", f"{MOVES}/{made['id']}").json() == made
    assert emea.directory.table("customer_moves") == []


def test_what_is_wrong_is_said_of_its_field(na: RunningRegion, emea: RunningRegion) -> None:
    wrong = begun(na, account_id="acme", reason="")
    unknown = begun(na, to_region="latam", owner_id="user_latam_1")

    assert wrong.status_code == 400
    assert {each["field"] for each in wrong.json()["errors"]} == {
        "customer_move.account_id",
        "customer_move.reason",
    }
    assert [(each["field"], each["reason"]) for each in unknown.json()["errors"]] == [
        ("customer_move.to_region", "TO_REGION_UNKNOWN")
    ]
    assert na.directory.table("customer_moves") == []
