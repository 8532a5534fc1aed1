"""People of another region are believed as far as their grants reach, and no longer than there."""

from __future__ import annotations

import time
from typing import Any

import pytest
from meridian.directory.events.v1 import customer_events_pb2

from chassis.app import utc_now
from chassis.ids import new_id
from chassis.inbox import Event, handle_once
from chassis.manifest import BORDER
from chassis.outbox import subject_of
from cli.processes import wait_until
from services.directory.manifest import SERVICE as DIRECTORY
from services.directory.revocations import store as revocations
from tests.component.gateway.conftest import Client
from tests.component.regions.region import RunningRegion

ACCOUNTS = "/sales/v1/accounts"
LIMIT_SECONDS = 5.0
#: What the workers of na say when they send something to another region's gateway.
SENT_ON = {"Meridian-Forwarded": "na"}


def reason(client: Client, path: str = ACCOUNTS) -> str:
    """Why a request is refused; empty if it is not."""
    answer = client("GET", path)
    return "" if answer.status_code == 200 else str(answer.json()["reason"])


def at(region: RunningRegion, token: str) -> Client:
    """Somebody with this token at the gateway of that region."""
    return Client(region.client.base, f"Bearer {token}")


def test_a_session_ended_in_one_region_is_over_in_the_other_within_five_seconds(
    na: RunningRegion, emea: RunningRegion
) -> None:
    session = new_id("session", "na", utc_now())
    client = at(emea, na.token("sales.*@all", session=session))
    assert reason(client) == ""

    with na.directory.app.transaction() as tx:
        revocations.revoke_session(tx, session, utc_now())

    began = time.monotonic()
    while reason(client) != "SESSION_REVOKED":
        assert time.monotonic() - began < LIMIT_SECONDS


def test_a_region_ends_no_sessions_but_its_own(na: RunningRegion, emea: RunningRegion) -> None:
    ours, theirs = new_id("session", "emea", utc_now()), new_id("session", "na", utc_now())
    here = at(emea, emea.token("sales.*@region", session=ours))
    foreign = at(emea, na.token("sales.*@all", session=theirs))

    with na.directory.app.transaction() as tx:
        revocations.revoke_session(tx, ours, utc_now())
        revocations.revoke_session(tx, theirs, utc_now())

    assert wait_until(lambda: reason(foreign) == "SESSION_REVOKED", LIMIT_SECONDS)
    assert reason(here) == ""


def test_who_is_known_stays_known_while_the_own_region_is_cut_off(
    na: RunningRegion, emea: RunningRegion
) -> None:
    assert reason(at(emea, na.token("sales.*@all"))) == ""

    na.stop_gateway()

    assert reason(at(emea, na.token("sales.*@all"))) == ""


@pytest.mark.parametrize(
    "identity",
    [
        {"subject": "service_else", "session": "service_else"},
        {"subject": "service_sales", "session": "service_sales", "region": "emea"},
        {"subject": new_id("user", "emea", utc_now())},
        {"region": "emea"},
    ],
    ids=["no service", "another region's service", "somebody else's user", "another region"],
)
def test_a_region_speaks_for_its_own_people_alone(
    na: RunningRegion, emea: RunningRegion, identity: dict[str, Any]
) -> None:
    token = na.token("*@all", **identity)

    assert reason(at(emea, token)) == "FOREIGN_ACCOUNT_NOT_TRUSTED"


def test_a_service_of_another_region_may_do_nothing_but_bring_its_part_of_a_customer(
    na: RunningRegion, emea: RunningRegion
) -> None:
    token = na.token("*@all", subject="service_sales", session="service_sales")
    sales = at(emea, token)
    move = new_id("move", "na", utc_now())
    forbidden = {
        sales("GET", ACCOUNTS).json()["reason"],
        sales("POST", ACCOUNTS, json={"name": "Acme"}).json()["reason"],
        sales("GET", "/directory/v1/users").json()["reason"],
    }
    receive = f"/sales/v1/relocations/{move}:receive"
    allowed = sales("POST", receive, json={}, headers=SENT_ON)
    elsewhere = sales("POST", receive, json={})

    assert forbidden == {"PERMISSION_MISSING"}
    assert (allowed.status_code, allowed.json()["reason"]) == (400, "INVALID_FIELDS")
    assert elsewhere.json()["reason"] == "FORWARDING_FORBIDDEN"


def test_nobody_but_a_service_of_the_region_that_a_customer_leaves_brings_its_part(
    na: RunningRegion, emea: RunningRegion
) -> None:
    moves = {region: new_id("move", region, utc_now()) for region in ("na", "emea")}
    piece = {"account_id": "a", "owner_id": "u", "digest": "0" * 64, "count": 1, "content": "AA=="}
    service = na.token(subject="service_sales", session="service_sales")

    def bring(token: str, region: str) -> str:
        path = f"/sales/v1/relocations/{moves[region]}:receive"
        sent = at(emea, token)("POST", path, json={"piece": piece}, headers=SENT_ON)
        return str(sent.json()["reason"])

    assert bring(service, "na") == "RELOCATION_MALFORMED"
    refused = [
        bring(na.token("sales.*@all"), "na"),
        bring(emea.token("*@all"), "na"),
        bring(service, "emea"),
    ]
    assert refused == ["RELOCATION_NOT_YOURS"] * 3


def test_ones_own_account_is_at_home(na: RunningRegion, emea: RunningRegion) -> None:
    assert reason(at(emea, na.token("*@all")), "/directory/v1/me") == "ONLY_IN_OWN_REGION"


def test_rights_are_given_in_the_region_itself(na: RunningRegion, emea: RunningRegion) -> None:
    user = new_id("user", "emea", utc_now())

    answer = na.person("*@all")("POST", f"/directory/v1/users/{user}:disable", json={})

    assert (answer.status_code, answer.json()["reason"]) == (403, "FORWARDING_FORBIDDEN")
    assert answer.json()["params"] == {"region": "emea"}
    assert answer.headers["Meridian-Region"] == "na"


def test_a_customer_that_moved_is_found_by_its_old_id_although_directory_stops(
    na: RunningRegion, emea: RunningRegion
) -> None:
    """As a move leaves it: the row is in emea under its old id, and na's directory knows."""
    born_in_na = new_id("acct", "na", utc_now())
    made = emea.person("sales.*@region")("POST", ACCOUNTS, json={"name": "Moved"}).json()
    table = emea.sales.app.service.metadata.tables["accounts"]
    with emea.sales.app.transaction() as tx:
        tx.execute(table.update().where(table.c.id == made["id"]).values(id=born_in_na))
    event = customer_events_pb2.CustomerMoved(
        move_id="move_na_1", account_id=born_in_na, from_region="na", to_region="emea"
    )
    event.record_ids.append(born_in_na)
    event.move_time.GetCurrentTime()
    came = Event(subject_of(type(event), "na"), {"ce-region": "na"}, event.SerializeToString())
    handle_once(na.directory.app, "from-border", DIRECTORY.reactions_from(BORDER), [came])
    planner = na.person("sales.accounts.*@all")

    moved = planner("GET", f"{ACCOUNTS}/{born_in_na}")
    na.stop_directory()
    again = planner("GET", f"{ACCOUNTS}/{born_in_na}")

    assert (moved.status_code, moved.json()["name"]) == (200, "Moved")
    assert (again.status_code, again.headers["Meridian-Region"]) == (200, "emea")
