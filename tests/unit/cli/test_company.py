"""Several regions on one machine: what each is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chassis import match_keys
from chassis.configuration import parse
from chassis.settings import Peer, Settings
from cli.company import settings_of_regions
from cli.failure import Failure


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    return {"MERIDIAN_HOME": str(tmp_path), "MERIDIAN_GATEWAY_BIND": "127.0.0.1:9000"}


def regions(variables: dict[str, str], names: str, hub: str) -> list[Settings]:
    return settings_of_regions(variables, parse(variables), names.split(","), hub)


def test_each_has_its_own_folder_and_addresses_and_the_hub_comes_first(
    variables: dict[str, str], tmp_path: Path
) -> None:
    found = regions(variables, "emea,na,apac", "na")

    assert [s.region for s in found] == ["na", "emea", "apac"]
    assert [s.home for s in found] == [
        tmp_path / "regions" / name for name in ("na", "emea", "apac")
    ]
    assert [s.gateway.bind.port for s in found] == [9001, 9000, 9002]
    assert [s.services["sales"].grpc_bind for s in found] == [
        "127.0.0.1:7112",
        "127.0.0.1:7102",
        "127.0.0.1:7122",
    ]
    assert [s.services["sales"].grpc_target for s in found] == [
        s.services["sales"].grpc_bind for s in found
    ]
    ports = [s.gateway.metrics.port for s in found]
    ports += [s.backup.metrics.port for s in found]
    ports += [service.serve_metrics.port for s in found for service in s.services.values()]
    ports += [service.work_metrics.port for s in found for service in s.services.values()]
    assert len(set(ports)) == len(ports)


def test_each_knows_the_others_and_the_hub(variables: dict[str, str]) -> None:
    hub, emea = regions(variables, "na,emea", "na")

    assert hub.regions.hub == emea.regions.hub == "na"
    assert hub.regions.peers == (Peer("emea", "http://127.0.0.1:9001"),)
    assert emea.regions.peers == (Peer("na", "http://127.0.0.1:9000"),)
    assert hub.regions.leaf_address == emea.regions.leaf_address is not None


def test_the_links_have_passwords_that_last(variables: dict[str, str], tmp_path: Path) -> None:
    [hub, *_] = regions(variables, "na,emea,apac", "na")
    file = hub.regions.leaf_passwords_file
    first = json.loads(file.read_text())

    regions(variables, "na,emea,apac", "na")

    assert set(first) == {"emea", "apac"}
    assert json.loads(file.read_text()) == first
    assert file.stat().st_mode & 0o777 == 0o600
    assert hub.regions.match_keys_file.stat().st_mode & 0o777 == 0o600
    assert set(match_keys.read(hub.regions.match_keys_file).secrets) == {"k1"}
    assert file.parent == tmp_path / "regions" / "secrets"


@pytest.mark.parametrize(
    ("names", "hub", "says"),
    [
        ("na", "na", "two or more different regions"),
        ("na,na", "na", "two or more different regions"),
        ("na,emea", "apac", "--hub apac is not one of the regions na, emea"),
    ],
)
def test_what_is_no_company_is_refused(
    variables: dict[str, str], names: str, hub: str, says: str
) -> None:
    with pytest.raises(Failure, match=says):
        regions(variables, names, hub)


def test_servers_of_somebody_else_are_refused(variables: dict[str, str]) -> None:
    variables["MERIDIAN_NATS_URL"] = "nats://elsewhere:4222"

    with pytest.raises(Failure, match="unset MERIDIAN_DATABASE_URL and MERIDIAN_NATS_URL"):
        regions(variables, "na,emea", "na")
