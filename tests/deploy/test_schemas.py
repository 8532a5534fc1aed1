"""Every object is one that Kubernetes and the operators accept, as far as schemas and tools can tell."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest

from tests.deploy.rendering import (
    CHART,
    COMBINATIONS,
    Manifest,
    Refused,
    identity,
    release,
    text,
)
from tools.kubernetes import helm, kubectl

KUBERNETES = "1.37"
CRDS = Path(__file__).parent / "crds"

each_release = pytest.mark.parametrize(("region", "profile"), COMBINATIONS)


@cache
def crd(kind: str, api_version: str) -> jsonschema.Draft202012Validator:
    """The schema of a custom resource: ours of the fields that the chart uses, closed for all others."""
    schema = json.loads((CRDS / f"{kind.lower()}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["apiVersion"] == {"const": api_version}
    return jsonschema.Draft202012Validator(schema)


def problem(manifest: Manifest) -> str:
    """What is wrong with an object, or ""."""
    return _problem(json.dumps(manifest))


def regional_problem(manifest: Manifest, region: str) -> str:
    """The same; what differs in nothing but the name of the region is looked at once."""
    return _problem(re.sub(rf"\b{region}\b", "some", json.dumps(manifest)))


@cache
def _problem(written: str) -> str:
    manifest = json.loads(written)
    try:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        return _custom_problem(manifest)
    except kubernetes_validate.ValidationError as error:
        return f"{identity(manifest)} {error.json_path}: {error.message}"
    return ""


def _custom_problem(manifest: Manifest) -> str:
    errors = crd(manifest["kind"], manifest["apiVersion"]).iter_errors(manifest)
    return "; ".join(f"{identity(manifest)} {error.json_path}: {error.message}" for error in errors)


@each_release
def test_every_object_follows_its_schema(region: str, profile: str) -> None:
    problems = [regional_problem(each, region) for each in release(region, profile)]
    assert [found for found in problems if found] == []


def test_a_misspelt_field_is_found() -> None:
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "some"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"continers": []}},
        },
    }
    assert "spec.template.spec" in problem(deployment)


@pytest.mark.parametrize("kind", sorted(path.stem for path in CRDS.glob("*.json")))
def test_the_schema_of_each_custom_resource_is_used(kind: str) -> None:
    used = {
        each["kind"].lower()
        for combination in COMBINATIONS
        for each in release(*combination)
        if "." in each["apiVersion"]
    }
    assert kind in used


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("Cluster", ("spec", "instances"), 0),
        ("Cluster", ("spec", "storage", "sise"), "1Gi"),
        ("ScheduledBackup", ("spec", "schedule"), "0 2 * * *"),
        ("HTTPRoute", ("spec", "hostnames"), "crm.na.example.com"),
        ("PodMonitor", ("spec", "podMetricsEndpoints"), [{"interval": "often"}]),
        ("ScaledObject", ("spec", "minReplicaCount"), "2"),
    ],
)
def test_schemas_of_custom_resources_find_mistakes(
    kind: str, path: tuple[str, ...], value: Any
) -> None:
    found = next(each for each in release("na", "production") if each["kind"] == kind)
    wrong: Any = json.loads(json.dumps(found))
    place = wrong
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value

    assert problem(found) == ""
    assert problem(wrong) != ""


@each_release
def test_helm_finds_nothing_to_complain_of(region: str, profile: str) -> None:
    values = CHART / "values"
    command = [helm(), "lint", "--strict", "--quiet", CHART]
    for file in (values / "profiles" / f"{profile}.yaml", values / "regions" / f"{region}.yaml"):
        command += ["--values", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARN" not in done.stdout + done.stderr


@each_release
def test_kubectl_reads_every_object(region: str, profile: str) -> None:
    """Without a cluster: decoded, given a label, and written, as `kubectl label --local` does."""
    given = text(region, profile)
    done = subprocess.run(
        [kubectl(), "label", "--local", "--filename", "-", "--output", "name", "read=yes"],
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(release(region, profile))


def test_an_older_cluster_is_refused() -> None:
    with pytest.raises(Refused, match="chart requires kubeVersion"):
        text("na", "small", "--kube-version", "1.29.0")
