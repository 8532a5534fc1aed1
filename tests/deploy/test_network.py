"""Who may talk to whom: the NetworkPolicies let through what the code calls, and nothing else.

Policies are read as Kubernetes reads them: a pod that a policy selects may do only what some policy
allows, and a connection needs the leave of both its ends.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
import yaml

from chassis.settings import SERVICES
from tests.deploy.rendering import (
    CHART,
    COMBINATIONS,
    ROOT,
    Manifest,
    Pods,
    of_kind,
    pods,
    release,
    selects,
)

pytestmark = pytest.mark.parametrize(
    "objects",
    [release(*combination) for combination in COMBINATIONS],
    ids=map("-".join, COMBINATIONS),
)

METRICS = 7200
GRPC = 7100


def policies(objects: list[Manifest], labels: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """The policies that are about pods with these labels."""
    specs = [each["spec"] for each in of_kind(objects, "NetworkPolicy")]
    return [spec for spec in specs if selects(spec["podSelector"], labels)]


def may_talk(objects: list[Manifest], one: Pods, other: Pods, port: int) -> bool:
    """Whether pods of one may open connections to this port of the other's."""
    return _allows(objects, one.labels, "egress", "to", other, port) and _allows(
        objects, other.labels, "ingress", "from", one, port, at=other
    )


def _allows(
    objects: list[Manifest],
    labels: Mapping[str, str],
    direction: str,
    side: str,
    partner: Pods,
    port: int,
    at: Pods | None = None,
) -> bool:
    target = at or partner
    return any(
        any(_is(peer, partner) for peer in rule[side])
        and any(_port(target, each["port"]) == port for each in rule["ports"])
        for spec in policies(objects, labels)
        for rule in spec.get(direction, [])
    )


def _is(peer: Mapping[str, Any], partner: Pods) -> bool:
    """Whether a peer of a rule is these pods; other namespaces and addresses are nobody of ours."""
    return set(peer) == {"podSelector"} and selects(peer["podSelector"], partner.labels)


def _port(target: Pods, port: int | str) -> int | None:
    if isinstance(port, int):
        return port
    named = {each["name"]: each["containerPort"] for each in target.containers[0].get("ports", [])}
    return named.get(port)


def meridian(objects: list[Manifest]) -> dict[tuple[str, str], Pods]:
    """The pods of processes: (workload, kind) → pods."""
    return {
        (each.labels["app.kubernetes.io/component"], each.labels["meridian/process"]): each
        for each in pods(objects)
        if "meridian/process" in each.labels
    }


def test_nobody_may_anything_unless_it_is_said(objects: list[Manifest]) -> None:
    for each in pods(objects):
        directions = {
            kind for spec in policies(objects, each.labels) for kind in spec["policyTypes"]
        }
        assert directions == {"Ingress", "Egress"}, each.name
    for policy in of_kind(objects, "NetworkPolicy"):
        for side, rules in (("from", "ingress"), ("to", "egress")):
            for rule in policy["spec"].get(rules, []):
                assert rule[side], policy["metadata"]["name"]
                assert rule["ports"], policy["metadata"]["name"]


def test_services_are_called_by_those_who_call_them(objects: list[Manifest]) -> None:
    processes = meridian(objects)
    calls = calls_in_code()
    for (caller, kind), one in processes.items():
        for service in SERVICES:
            allowed = may_talk(objects, one, processes[service, "serve"], GRPC)
            expected = kind in ("serve", "work") and service in {*calls[caller], "directory"}
            assert allowed == (expected or kind == "gateway"), (caller, kind, service)


def test_what_the_values_say_of_calls_is_what_the_code_does(objects: list[Manifest]) -> None:
    workloads = yaml.safe_load((CHART / "values.yaml").read_text())["workloads"]
    said = {name: set(workloads[name].get("calls", [])) for name in SERVICES}
    assert said == {name: called - {"directory"} for name, called in calls_in_code().items()}


@cache
def calls_in_code() -> dict[str, set[str]]:
    """Each service with those whose stubs it takes: `from meridian.sales.v1 import account_service_pb2`."""
    return {service: _called_by(service) - {service} for service in SERVICES}


def _called_by(service: str) -> set[str]:
    called = set()
    for file in (ROOT / "services" / service).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                found = re.fullmatch(r"meridian\.(\w+)\.v1", node.module)
                stubs = any(alias.name.endswith("_service_pb2") for alias in node.names)
                called |= {found[1]} if found and stubs else set()
    return called


def test_metrics_are_for_prometheus_alone(objects: list[Manifest]) -> None:
    processes = list(pods(objects))
    for one in processes:
        for other in processes:
            assert not may_talk(objects, one, other, METRICS), (one.name, other.name)
    for each in meridian(objects).values():
        if each.owner["kind"] == "Deployment":
            assert _outsiders(objects, each, METRICS) == ["monitoring"], each.name


def _outsiders(objects: list[Manifest], target: Pods, port: int) -> list[str]:
    """The namespaces from which somebody may reach a port."""
    return [
        peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        for spec in policies(objects, target.labels)
        for rule in spec.get("ingress", [])
        if any(_port(target, each["port"]) == port for each in rule["ports"])
        for peer in rule["from"]
        if "namespaceSelector" in peer
    ]


def test_clients_reach_the_gateway_and_nothing_else(objects: list[Manifest]) -> None:
    for (workload, kind), each in meridian(objects).items():
        ports = [port["containerPort"] for port in each.containers[0].get("ports", [])]
        reached = [port for port in ports if "ingress-nginx" in _outsiders(objects, each, port)]
        assert reached == ([8080] if kind == "gateway" else []), (workload, kind)


def test_the_smoke_check_reaches_the_gateway_and_nothing_else(objects: list[Manifest]) -> None:
    (smoke,) = [each for each in pods(objects) if each.name.endswith("-smoke")]
    processes = meridian(objects)
    for (workload, kind), each in processes.items():
        for port in each.containers[0].get("ports", []):
            allowed = may_talk(objects, smoke, each, port["containerPort"])
            assert allowed == (kind == "gateway" and port["name"] == "http"), (workload, kind)


def test_only_work_reaches_nats(objects: list[Manifest]) -> None:
    servers = [each for each in pods(objects) if each.owner["kind"] == "StatefulSet"]
    for nats in servers:
        for (workload, kind), each in meridian(objects).items():
            assert may_talk(objects, each, nats, 4222) == (kind == "work"), (workload, kind)


def test_a_database_is_reached_by_its_own_service_alone(objects: list[Manifest]) -> None:
    for cluster in of_kind(objects, "Cluster"):
        labels = {"cnpg.io/cluster": cluster["metadata"]["name"]}
        database = Pods(cluster, labels, {"containers": [{}]})
        for (workload, kind), each in meridian(objects).items():
            own = cluster["metadata"]["name"].endswith(f"-{workload}-db")
            assert may_talk(objects, each, database, 5432) == own, (workload, kind)
