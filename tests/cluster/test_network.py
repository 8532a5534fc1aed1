"""Every pod tries to connect to every port: what the policies let through is what the system needs."""

from __future__ import annotations

import errno
import itertools
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import yaml

from chassis.settings import SERVICES
from tests.cluster.installation import HUB, Installation
from tests.cluster.network import Place
from tests.deploy.rendering import CHART, NAMESPACE

FORBIDDEN = errno.EHOSTUNREACH
_LABELS = {"app.kubernetes.io/name": "meridian", "app.kubernetes.io/instance": "na"}


@dataclass(frozen=True)
class End:
    """Who connects, or to whom: `kind` is serve, work, gateway, nats or whatever it is called."""

    workload: str
    kind: str
    place: Place


def connect(source: Place, address: str, port: int) -> int:
    """0 if somebody answers, else the number of the error."""
    with source.entered(), socket.socket() as connection:
        connection.settimeout(5)
        return connection.connect_ex((address, port))


@pytest.fixture(scope="module")
def running(region: Installation) -> list[End]:
    return [
        End(
            pod.labels["app.kubernetes.io/component"],
            pod.labels.get("meridian/process", "nats"),
            pod.place,
        )
        for pod in region.pods
    ]


@pytest.fixture(scope="module")
def visitors(region: Installation) -> list[End]:
    """Others: some in the namespace of the release, some in that of somebody else."""
    migration = _LABELS | {"app.kubernetes.io/component": "sales", "meridian/process": "migrate"}
    smoke = _LABELS | {"app.kubernetes.io/component": "smoke"}
    visitor = region.cluster.visitor
    return [
        End("sales", "migrate", visitor(NAMESPACE, migration)),
        End("", "smoke", visitor(NAMESPACE, smoke)),
        End("", "of the release", visitor(NAMESPACE, _LABELS)),
        End("", "stranger", visitor(NAMESPACE)),
        End("", "pretender", visitor("elsewhere", smoke)),
        End("", "prometheus", visitor("monitoring")),
        End("", "client", region.clients),
    ]


def targets(running: list[End]) -> Iterator[tuple[End, str, int]]:
    """Every port at which somebody listens: whose, what for, and its number."""
    ports = {
        "serve": {"grpc": 7100, "metrics": 7200},
        "work": {"metrics": 7200},
        "gateway": {"http": 8080, "metrics": 7200},
        "nats": {"client": 4222, "monitor": 8222, "leaf": 7422},
    }
    for each in running:
        for purpose, port in ports[each.kind].items():
            yield each, purpose, port


def needed(source: End, target: End, purpose: str) -> bool:
    """What has to be possible, said without looking at any policy."""
    match purpose:
        case "grpc":
            calls = _calls(source.workload) if source.kind in ("serve", "work") else set()
            return source.kind == "gateway" or target.workload in calls
        case "metrics" | "monitor":
            return source.kind == "prometheus"
        case "http":
            return source.kind in ("client", "smoke")
        case "client":
            return source.kind == "work"
    return False


def _calls(service: str) -> set[str]:
    workloads = yaml.safe_load((CHART / "values.yaml").read_text())["workloads"]
    return {*(workloads[service] or {}).get("calls", []), "directory"}


def test_pods_reach_what_they_need_and_nothing_else(
    running: list[End], visitors: list[End]
) -> None:
    wrong = []
    tried = itertools.product([*running, *visitors], targets(running))
    for source, (target, purpose, port) in tried:
        if source.place == target.place:
            continue
        found = connect(source.place, target.place.address, port)
        if found != (0 if needed(source, target, purpose) else FORBIDDEN):
            said = errno.errorcode.get(found, "connected")
            wrong.append(f"{source.workload} {source.kind} → {target} {purpose}: {said}")

    assert wrong == []


def test_it_is_the_policies_that_keep_everybody_away(
    region: Installation, running: list[End], visitors: list[End]
) -> None:
    policies = region.cluster.namespace(NAMESPACE).policies
    kept = dict(policies)
    policies.clear()
    region.cluster.refresh()
    try:
        for source, (target, purpose, port) in itertools.product(visitors, targets(running)):
            assert connect(source.place, target.place.address, port) == 0, (target, purpose)
    finally:
        policies.update(kept)
        region.cluster.refresh()

    stranger, target = visitors[3], running[0]
    assert connect(stranger.place, target.place.address, 7200) == FORBIDDEN


def test_databases_are_for_services_and_their_migrations(
    running: list[End], visitors: list[End]
) -> None:
    """A stranger is under no policy of the release: passwords keep it away, as they do services from each other."""
    mine = {"serve", "work", "migrate"}
    for each in [*running, *visitors[:3]]:
        found = connect(each.place, HUB.databases, 5432)
        assert found == (0 if each.kind in mine else FORBIDDEN), each


def test_no_other_port_of_the_machine_of_the_databases_is_reached(running: list[End]) -> None:
    for each in running:
        assert connect(each.place, HUB.databases, 22) == FORBIDDEN, each


def test_the_internet_is_reached_for_https_alone(region: Installation, running: list[End]) -> None:
    """By processes of a region that has others; by NATS of the hub not at all, as others come to it."""
    peer = region.cluster.machine("crm.emea.example.com", "198.51.100.7")
    with peer.entered():
        listeners = [socket.create_server((peer.address, port)) for port in (443, 80)]

    for each in running:
        expected = FORBIDDEN if each.kind == "nats" else 0
        assert connect(each.place, peer.address, 443) == expected, each
        assert connect(each.place, peer.address, 80) == FORBIDDEN, each
    for listener in listeners:
        listener.close()


def test_other_regions_come_to_nats_for_the_border_alone(
    region: Installation, running: list[End]
) -> None:
    other = region.cluster.machine("nats.emea.example.com", "198.51.100.8")
    (nats,) = [each.place for each in running if each.kind == "nats"]

    assert connect(other, nats.address, 7422) == 0
    assert connect(other, nats.address, 4222) == FORBIDDEN
    assert connect(other, nats.address, 8222) == FORBIDDEN


def test_the_services_named_are_all(running: list[End]) -> None:
    kinds = {(each.workload, each.kind) for each in running}
    services = {(name, kind) for name in SERVICES for kind in ("serve", "work")}

    assert kinds == services | {("gateway", "gateway"), ("nats", "nats")}
