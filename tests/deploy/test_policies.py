"""What every rendering must keep to, whatever its values: the restricted Pod Security Standard, and more.

Source of the standard: https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import pytest

from cli.serve import DRAIN_SECONDS
from gateway.server import GRACE
from tests.deploy.rendering import (
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

#: Seconds that a process has left over, after it has drained, to close what it holds.
SPARE_SECONDS = 5
DRAIN = {"serve": DRAIN_SECONDS, "gateway": GRACE}


def processes(objects: list[Manifest]) -> list[Pods]:
    """The pods that run as long as the release does."""
    return [each for each in pods(objects) if each.owner["kind"] in ("Deployment", "StatefulSet")]


def containers(objects: list[Manifest]) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in pods(objects):
        for container in each.containers:
            yield f"{each.name} {container['name']}", container


def test_nobody_is_root(objects: list[Manifest]) -> None:
    for each in pods(objects):
        security = each.spec["securityContext"]
        assert security["runAsNonRoot"] is True, each.name
        assert security["runAsUser"] == security["runAsGroup"] == security["fsGroup"] == 10001
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, each.name


def test_nobody_has_privileges_or_can_get_them(objects: list[Manifest]) -> None:
    for name, container in containers(objects):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name


def test_nobody_sees_the_node_or_the_api_server(objects: list[Manifest]) -> None:
    allowed = {"configMap", "emptyDir", "secret", "name"}
    for each in pods(objects):
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(each.spec), each.name
        assert each.spec["automountServiceAccountToken"] is False, each.name
        assert all(set(volume) <= allowed for volume in each.spec["volumes"]), each.name
        ports = [port for container in each.containers for port in container.get("ports", [])]
        assert not any("hostPort" in port for port in ports), each.name
    for account in of_kind(objects, "ServiceAccount"):
        assert account["automountServiceAccountToken"] is False
    assert not of_kind(objects, "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")


def test_what_can_be_written_is_temporary_or_a_volume_of_streams(objects: list[Manifest]) -> None:
    for each in pods(objects):
        temporary = {volume["name"]: volume.get("emptyDir") for volume in each.spec["volumes"]}
        for container in each.containers:
            for mount in container["volumeMounts"]:
                known = temporary.get(mount["name"]) or mount.get("readOnly")
                assert known or mount["mountPath"] == "/data", (each.name, mount)
        assert all(limits["sizeLimit"] for limits in temporary.values() if limits), each.name


def test_everybody_says_what_they_need_and_at_most_take(objects: list[Manifest]) -> None:
    for name, container in containers(objects):
        resources = container["resources"]
        for kind in ("requests", "limits"):
            assert set(resources[kind]) == {"cpu", "memory"}, name
    for cluster in of_kind(objects, "Cluster"):
        assert set(cluster["spec"]["resources"]) == {"requests", "limits"}


def test_images_have_a_version(objects: list[Manifest]) -> None:
    for name, container in containers(objects):
        tag = container["image"].rpartition("/")[2].partition(":")[2]
        assert re.fullmatch(r"\d+\.\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?", tag), name


def test_every_process_is_probed(objects: list[Manifest]) -> None:
    for each in processes(objects):
        (container,) = each.containers
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container), each.name
        if each.labels.get("meridian/process") == "serve":
            assert container["readinessProbe"]["grpc"] == {"port": 7100}
            assert container["startupProbe"]["grpc"] == {"port": 7100}


def test_probes_ask_ports_that_are_there(objects: list[Manifest]) -> None:
    for name, container in containers(objects):
        ports = {port["name"]: port["containerPort"] for port in container.get("ports", [])}
        probes = [container[probe] for probe in container if probe.endswith("Probe")]
        for probe in probes:
            asked = probe.get("httpGet", probe.get("grpc"))["port"]
            assert asked in ports or asked in ports.values(), name


def test_who_is_stopped_has_time_to_finish(objects: list[Manifest]) -> None:
    """First no new requests come, then the process drains, then it may be killed."""
    for each in processes(objects):
        drain = DRAIN.get(each.labels.get("meridian/process", ""))
        if drain is None:
            continue
        (container,) = each.containers
        pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert pause >= 5, each.name
        assert each.spec["terminationGracePeriodSeconds"] >= pause + drain + SPARE_SECONDS


def test_every_process_has_one_budget_for_disruptions(objects: list[Manifest]) -> None:
    budgets = of_kind(objects, "PodDisruptionBudget")
    for each in processes(objects):
        own = [budget for budget in budgets if selects(budget["spec"]["selector"], each.labels)]
        assert len(own) == 1, each.name
        assert own[0]["spec"]["maxUnavailable"] == 1


def test_processes_of_a_kind_keep_apart(objects: list[Manifest]) -> None:
    for each in processes(objects):
        if each.owner["kind"] == "Deployment":
            constraints = each.spec["topologySpreadConstraints"]
            assert {constraint["topologyKey"] for constraint in constraints} == {
                "kubernetes.io/hostname",
                "topology.kubernetes.io/zone",
            }
            for constraint in constraints:
                assert selects(constraint["labelSelector"], each.labels), each.name


def test_selectors_find_their_own_pods_alone(objects: list[Manifest]) -> None:
    made = list(pods(objects))
    for owner in of_kind(objects, "Deployment", "StatefulSet", "Service"):
        selector = owner["spec"]["selector"]
        wanted = selector if "matchLabels" in selector else {"matchLabels": selector}
        found = [each.name for each in made if selects(wanted, each.labels)]
        assert len(found) == 1, (owner["metadata"]["name"], found)


def test_services_lead_to_ports_of_their_pods(objects: list[Manifest]) -> None:
    for service in of_kind(objects, "Service"):
        (target,) = [
            each
            for each in pods(objects)
            if selects({"matchLabels": service["spec"]["selector"]}, each.labels)
        ]
        ports = {port["name"]: port["containerPort"] for port in target.containers[0]["ports"]}
        for port in service["spec"]["ports"]:
            assert ports[port["targetPort"]] == port["port"], service["metadata"]["name"]


def test_scalers_scale_what_is_there_and_leave_its_number_alone(objects: list[Manifest]) -> None:
    deployments = {each["metadata"]["name"]: each for each in of_kind(objects, "Deployment")}
    scaled = [
        each["spec"]["scaleTargetRef"]["name"]
        for each in of_kind(objects, "HorizontalPodAutoscaler", "ScaledObject")
    ]
    assert len(scaled) == len(set(scaled))
    for name, deployment in deployments.items():
        assert ("replicas" in deployment["spec"]) == (name not in scaled), name
    assert set(scaled) <= set(deployments)


def test_every_secret_that_is_used_is_documented(objects: list[Manifest]) -> None:
    documented = set(re.findall(r"^\| `([a-z<>-]+)`", _secrets_section(), re.MULTILINE))
    for name in secrets_of(objects):
        generic = re.sub(r"^[a-z]+-[a-z]+-db-app$", "<release>-<service>-db-app", name)
        assert generic in documented, name


def _secrets_section() -> str:
    document = (ROOT / "deploy" / "README.md").read_text()
    return document.partition("## Secrets")[2].partition("\n## ")[0]


def secrets_of(manifest: Any) -> set[str]:
    """The names of all Secrets that something refers to."""
    if isinstance(manifest, list):
        return {name for each in manifest for name in secrets_of(each)}
    if not isinstance(manifest, dict):
        return set()
    found = {name for each in manifest.values() for name in secrets_of(each)}
    found |= {manifest["secretName"]} if "secretName" in manifest else set()
    for key in ("secretKeyRef", "accessKeyId", "secretAccessKey"):
        found |= {manifest[key]["name"]} if key in manifest else set()
    if manifest.get("kind") == "Secret":
        found |= {manifest.get("name", "")}
    return found


def test_no_secret_is_made_or_quoted(objects: list[Manifest]) -> None:
    assert not of_kind(objects, "Secret")
    for name, container in containers(objects):
        for variable in container.get("env", []):
            secret = re.search("PASSWORD|SECRET|TOKEN|DATABASE_URL", variable["name"])
            quoted = "value" in variable and "$(" not in variable["value"]
            assert not (secret and quoted), (name, variable["name"])


def test_migrations_end_and_run_before_the_new_release(objects: list[Manifest]) -> None:
    for job in of_kind(objects, "Job"):
        hooks = job["metadata"]["annotations"]["helm.sh/hook"].split(",")
        assert "pre-upgrade" in hooks
        assert 0 < job["spec"]["activeDeadlineSeconds"] <= 3600
        assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never"


def test_what_migrations_need_is_there_before_them(objects: list[Manifest]) -> None:
    for job in of_kind(objects, "Job"):
        account = job["spec"]["template"]["spec"]["serviceAccountName"]
        labels = job["spec"]["template"]["metadata"]["labels"]
        needed = [
            each
            for each in of_kind(objects, "ServiceAccount", "NetworkPolicy")
            if each["metadata"]["name"] == account
            or (
                each["kind"] == "NetworkPolicy"
                and "helm.sh/hook" in each["metadata"].get("annotations", {})
                and selects(each["spec"]["podSelector"], labels)
            )
        ]
        assert sorted(each["kind"] for each in needed) == ["NetworkPolicy", "ServiceAccount"]
        for each in needed:
            hook = each["metadata"]["annotations"]
            assert set(hook["helm.sh/hook"].split(",")) == {"pre-install", "pre-upgrade"}
            assert int(hook["helm.sh/hook-weight"]) < 0


def _guards(manifest: Manifest, labels: Mapping[str, str]) -> bool:
    """Whether this is a policy for pods with these labels."""
    return manifest["kind"] == "NetworkPolicy" and selects(manifest["spec"]["podSelector"], labels)


def test_accounts_that_are_used_exist(objects: list[Manifest]) -> None:
    accounts = {each["metadata"]["name"] for each in of_kind(objects, "ServiceAccount")}
    assert {each.spec["serviceAccountName"] for each in pods(objects)} <= accounts


def test_names_are_used_once(objects: list[Manifest]) -> None:
    names = sorted((each["kind"], each["metadata"]["name"]) for each in objects)
    assert all(one != other for one, other in pairwise(names))


def test_clients_come_by_tls(objects: list[Manifest]) -> None:
    ways = of_kind(objects, "Ingress", "Gateway")
    assert len(ways) == 1
    for ingress in of_kind(objects, "Ingress"):
        hosts = {rule["host"] for rule in ingress["spec"]["rules"]}
        assert {host for tls in ingress["spec"]["tls"] for host in tls["hosts"]} == hosts
    for gateway in of_kind(objects, "Gateway"):
        for listener in gateway["spec"]["listeners"]:
            assert listener["protocol"] == "HTTPS"
            assert listener["tls"]["mode"] == "Terminate"
            assert listener["tls"]["certificateRefs"]
