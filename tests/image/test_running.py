"""A region runs from the image: it becomes ready, works, and drains when it is told to stop."""

from __future__ import annotations

import contextlib
import http.client
import json
from pathlib import Path

import pytest

from chassis.settings import SERVICES
from cli.nats_server import free_port
from cli.processes import wait_until
from cli.rest import Rest
from gateway.server import GRACE
from tests.image.region import ADMINISTRATOR, DRAIN_SECONDS, Region

_ROWS = 200


def test_every_process_is_ready_and_unprivileged(region: Region) -> None:
    for member in region.members:
        status = Path(f"/proc/{member.process.pid}/status").read_text()
        assert member.is_ready()
        assert "\nUid:\t10001\t10001\t10001\t10001\n" in status
        assert "\nCapEff:\t0000000000000000\n" in status


def test_a_lead_goes_through_the_gateway_and_its_event_through_a_worker(region: Region) -> None:
    ada = _signed_in(region)
    me = ada.get("/directory/v1/me")["user"]["id"]
    rule = {
        "name": "All",
        "sources": ["image"],
        "strategy": "ASSIGNMENT_STRATEGY_ROUND_ROBIN",
        "members": [{"user_id": me}],
    }
    ada.post("/marketing/v1/assignment_rules", rule)

    lead = ada.post(
        "/marketing/v1/leads", {"company": "Acme", "family_name": "Li", "source": "image"}
    )

    path = f"/marketing/v1/leads/{lead['id']}"
    assert wait_until(lambda: ada.get(path).get("owner_id") == me, 15), ada.get(path)


def test_the_gateway_finishes_what_it_has_begun(region: Region) -> None:
    """An upload of which half has been sent when SIGTERM comes is answered as if nothing had come."""
    ada = _signed_in(region)
    port = free_port()
    gateway = region.launch(
        "MERIDIAN_GATEWAY_METRICS",
        "gateway",
        MERIDIAN_GATEWAY_BIND=f"127.0.0.1:{port}",
        MERIDIAN_GATEWAY_METRICS=f"127.0.0.1:{free_port()}",
    )
    gateway.wait_until_ready()
    rows = [f"Company {number},Li,drain" for number in range(_ROWS)]
    body = "\n".join(["company,family_name,source", *rows, ""]).encode()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as client:
        client.putrequest("POST", "/marketing/v1/lead_imports?source=drain")
        client.putheader("Authorization", f"Bearer {ada.token}")
        client.putheader("Content-Type", "text/csv")
        client.putheader("Content-Length", str(len(body)))
        client.endheaders(body[: len(body) // 2])

        gateway.process.terminate()
        assert wait_until(lambda: not _listens(port), GRACE - 5), gateway.log.read_text()
        assert gateway.process.poll() is None
        client.send(body[len(body) // 2 :])
        answer = client.getresponse()

        assert answer.status == 200, answer.read()
        assert json.loads(answer.read())["id"].startswith("limp_na_")
    assert gateway.process.wait(DRAIN_SECONDS) == 0


@pytest.mark.parametrize("role", ["serve", "work"])
def test_a_process_that_is_told_to_stop_says_goodbye_and_ends_well(
    region: Region, role: str
) -> None:
    variable = f"MERIDIAN_{role.upper()}_METRICS_SALES"
    changed = {
        variable: f"127.0.0.1:{free_port()}",
        "MERIDIAN_GRPC_BIND_SALES": f"127.0.0.1:{free_port()}",
    }
    member = region.launch(variable, role, "sales", **changed)
    member.wait_until_ready()

    assert member.end() == 0
    assert '"stopped"' in member.log.read_text().splitlines()[-1]


def test_the_smoke_check_of_the_chart_finds_all_well(region: Region) -> None:
    code, said = region.sandbox.run(["meridian", "smoke", region.rest.base, "--service", "sales"])

    assert code == 0, said
    assert [line.split()[0] for line in said.splitlines()] == sorted(SERVICES)


def test_migrating_again_changes_nothing(region: Region) -> None:
    code, said = region.sandbox.run(["meridian", "migrate", *SERVICES])

    assert code == 0, said


def _signed_in(region: Region) -> Rest:
    return region.rest.signed_in(ADMINISTRATOR, region.password)


def _listens(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.connect()
    except OSError:
        return False
    connection.close()
    return True
