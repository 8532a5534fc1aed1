"""The variables that the chart gives to processes are those that Meridian reads, and mean what they should."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chassis.configuration import parse
from chassis.settings import SERVICES, Settings
from tests.deploy.rendering import (
    COMBINATIONS,
    REGIONS,
    ROOT,
    Manifest,
    Pods,
    named,
    of_kind,
    pods,
    release,
)

pytestmark = pytest.mark.parametrize(("region", "profile"), COMBINATIONS)

EVERYWHERE = "0.0.0.0"  # noqa: S104 - compared, not listened on
#: Variables for Kubernetes alone, which puts them into others.
INGREDIENTS = {"NATS_MERIDIAN_PASSWORD", "NATS_BORDER_PASSWORD"}
SECRET_VALUES = {
    "uri": "postgresql://someone:secret@somewhere:5432/something",
    "url": "nats://someone:secret@somewhere:4222",
    "border-url": "nats://border:secret@somewhere:4222",
}


def ours(objects: list[Manifest]) -> list[Pods]:
    """The pods that run Meridian itself."""
    return [each for each in pods(objects) if each.labels["app.kubernetes.io/component"] != "nats"]


def settings_of(objects: list[Manifest], each: Pods) -> Settings:
    """What Meridian makes of its environment there; raises SettingsError if it cannot."""
    return parse(environment(objects, each.containers[0]))


def environment(objects: list[Manifest], container: dict[str, Any]) -> dict[str, str]:
    """The variables of a container, as Kubernetes puts them together."""
    variables: dict[str, str] = {}
    for source in container.get("envFrom", []):
        variables |= named(objects, "ConfigMap", source["configMapRef"]["name"])["data"]
    for variable in container.get("env", []):
        value = variable.get("value") or _secret(variable["valueFrom"]["secretKeyRef"]["key"])
        known = dict(variables)
        variables[variable["name"]] = re.sub(
            r"\$\((\w+)\)", lambda found, known=known: known[found[1]], value
        )
    return variables


def _secret(key: str) -> str:
    return SECRET_VALUES.get(key, "secret")


def test_every_variable_is_read_and_understood(region: str, profile: str) -> None:
    objects = release(region, profile)
    for each in ours(objects):
        settings = settings_of(objects, each)
        assert settings.unread == (), each.name
        others = set(environment(objects, each.containers[0]))
        assert {name for name in others if not name.startswith("MERIDIAN_")} <= INGREDIENTS


def test_processes_listen_where_their_ports_are(region: str, profile: str) -> None:
    objects = release(region, profile)
    for each in ours(objects):
        kind = each.labels.get("meridian/process")
        settings = settings_of(objects, each)
        service = settings.services["sales"]
        listening = {
            "serve": {"grpc": service.grpc_bind, "metrics": str(service.serve_metrics)},
            "work": {"metrics": str(service.work_metrics)},
            "gateway": {
                "http": str(settings.gateway.bind),
                "metrics": str(settings.gateway.metrics),
            },
        }.get(kind or "", {})
        ports = {
            port["name"]: f"{EVERYWHERE}:{port['containerPort']}"
            for port in each.containers[0].get("ports", [])
        }
        assert ports == listening, each.name


def test_services_are_called_by_the_names_of_their_services(region: str, profile: str) -> None:
    objects = release(region, profile)
    addresses = {
        f"{each['metadata']['name']}:{port['port']}"
        for each in of_kind(objects, "Service")
        for port in each["spec"]["ports"]
        if port["name"] == "grpc"
    }
    for each in ours(objects):
        if each.labels.get("meridian/process") in ("serve", "work", "gateway"):
            targets = {its.grpc_target for its in settings_of(objects, each).services.values()}
            assert targets == addresses, each.name


def test_a_service_knows_its_own_database_alone(region: str, profile: str) -> None:
    objects = release(region, profile)
    for each in ours(objects):
        services = settings_of(objects, each).services
        known = {name for name, its in services.items() if its.database_url}
        component = each.labels["app.kubernetes.io/component"]
        assert known == ({component} & set(SERVICES)), each.name


def test_only_work_knows_nats(region: str, profile: str) -> None:
    objects = release(region, profile)
    for each in ours(objects):
        settings = settings_of(objects, each)
        known = (bool(settings.nats_url), bool(settings.regions.border_nats_url))
        works = each.labels.get("meridian/process") == "work"
        assert known == (works, works), each.name
        if works:
            assert settings.stream_replicas == (3 if profile == "production" else 1)


def test_processes_know_the_company_of_regions(region: str, profile: str) -> None:
    objects = release(region, profile)
    for each in ours(objects):
        if each.labels.get("meridian/process") in ("serve", "work", "gateway"):
            settings = settings_of(objects, each)
            peers = {peer.region: peer.gateway_url for peer in settings.regions.peers}
            assert (settings.region, settings.regions.hub) == (region, "na"), each.name
            assert peers == {
                other: f"https://crm.{other}.example.com" for other in REGIONS if other != region
            }


def test_secret_files_are_where_the_variables_say(region: str, profile: str) -> None:
    objects = release(region, profile)
    for each in ours(objects):
        container = each.containers[0]
        variables = environment(objects, container)
        files = {value for name, value in variables.items() if name.endswith(("_FILE", "_FILES"))}
        assert files == set(_mounted(each)), each.name


def test_who_hashes_customers_has_the_keys(region: str, profile: str) -> None:
    readers = {
        service
        for service in SERVICES
        for file in (ROOT / "services" / service).rglob("*.py")
        if "match_keys.read(" in file.read_text(encoding="utf-8")
    }
    assert "partners" in readers
    for each in ours(release(region, profile)):
        has_keys = "/etc/meridian/matchKeys/match-keys.json" in _mounted(each)
        works = each.labels.get("meridian/process") in ("serve", "work")
        assert has_keys == (works and each.labels["app.kubernetes.io/component"] in readers)


def test_the_keys_may_be_missing_only_where_there_are_no_other_regions(
    region: str, profile: str
) -> None:
    for arguments, optional in ((), False), (("--set", f"peers=null,hub={region}"), True):
        objects = release(region, profile, *arguments)
        found = [
            volume["secret"]["optional"]
            for each in ours(objects)
            for volume in each.spec["volumes"]
            if volume["name"] == "match-keys"
        ]
        assert found == [optional] * 4, arguments


def _mounted(each: Pods) -> list[str]:
    """The paths of the secret files that are mounted."""
    volumes = {volume["name"]: volume.get("secret") for volume in each.spec["volumes"]}
    return [
        f"{mount['mountPath']}/{item['path']}"
        for mount in each.containers[0]["volumeMounts"]
        if volumes[mount["name"]]
        for item in volumes[mount["name"]]["items"]
    ]


def test_every_service_runs(region: str, profile: str) -> None:
    objects = release(region, profile)
    running = {
        tuple(each["spec"]["template"]["spec"]["containers"][0]["args"])
        for each in of_kind(objects, "Deployment")
    }
    expected = {(role, name) for role in ("serve", "work") for name in SERVICES}
    assert running == expected | {("gateway",)}
    migrated = {
        tuple(job["spec"]["template"]["spec"]["containers"][0]["args"])
        for job in of_kind(objects, "Job")
    }
    assert migrated == {("migrate", name) for name in SERVICES}
