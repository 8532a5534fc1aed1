"""No upgrade, from whatever was rendered before, removes or replaces a database, a volume or a stream.

Compared is with each rendering in the history of this repository, newest first.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest

from tests.deploy.rendering import (
    COMBINATIONS,
    GOLDEN,
    ROOT,
    Manifest,
    identity,
    named,
    of_kind,
    parse,
    release,
)

#: So many renderings back.
HISTORY = 20
KEPT = ("Cluster", "StatefulSet", "PersistentVolumeClaim", "ObjectStore")
UNITS = {"Mi": 1, "Gi": 1 << 10, "Ti": 1 << 20}


def records(region: str, profile: str) -> list[list[Manifest]]:
    """What was on record, commit by commit."""
    path = (GOLDEN / f"{region}-{profile}.yaml").relative_to(ROOT).as_posix()
    commits = _git("log", f"--max-count={HISTORY}", "--format=%H", "--diff-filter=AM", "--", path)
    return [parse(_git("show", f"{commit}:{path}")) for commit in commits.split()]


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def losses(before: list[Manifest], after: list[Manifest]) -> list[str]:
    """What an upgrade from one rendering to another would lose."""
    now = {identity(each): each for each in after}
    found = []
    for old in of_kind(before, *KEPT):
        new = now.get(identity(old))
        if new is None:
            if not _is_kept(old):
                found.append(f"{identity(old)} would be removed")
            continue
        if _unchangeable(old) != _unchangeable(new):
            found.append(f"{identity(old)} would have to be replaced")
        if _size(new) < _size(old):
            found.append(f"{identity(old)} would shrink")
    return found


def _is_kept(manifest: Manifest) -> bool:
    annotations = manifest["metadata"].get("annotations", {})
    return bool(annotations.get("helm.sh/resource-policy") == "keep")


def _unchangeable(manifest: Manifest) -> object:
    """What cannot be changed without making the object, or its data, anew; all but sizes."""
    spec = manifest["spec"]
    if manifest["kind"] == "StatefulSet":
        claims = [_without_size(claim) for claim in spec["volumeClaimTemplates"]]
        return spec["serviceName"], spec["selector"], spec["podManagementPolicy"], claims
    return spec.get("bootstrap"), spec.get("storage", {}).get("storageClass")


def _without_size(claim: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = {key: value for key, value in claim["spec"].items() if key != "resources"}
    return {**claim, "spec": spec}


def _size(manifest: Manifest) -> int:
    """Megabytes of all that it stores."""
    sizes = re.findall(r"'(?:size|storage)': '(\d+)(Mi|Gi|Ti)'", str(manifest["spec"]))
    return sum(int(number) * UNITS[unit] for number, unit in sizes)


@pytest.mark.parametrize(("region", "profile"), COMBINATIONS)
def test_an_upgrade_keeps_what_is_stored(region: str, profile: str) -> None:
    after = release(region, profile)
    for before in records(region, profile):
        assert losses(before, after) == []


@pytest.mark.parametrize(("region", "profile"), COMBINATIONS)
def test_selectors_do_not_change(region: str, profile: str) -> None:
    """Kubernetes refuses to change the selector of what exists, and the upgrade would fail midway."""
    now = {identity(each): each for each in release(region, profile)}
    for before in records(region, profile):
        for old in of_kind(before, "Deployment", "StatefulSet"):
            new = now.get(identity(old), old)
            assert new["spec"]["selector"] == old["spec"]["selector"], identity(old)


@pytest.mark.parametrize(("region", "profile"), COMBINATIONS)
def test_nothing_that_stores_goes_with_the_release(region: str, profile: str) -> None:
    for each in of_kind(release(region, profile), *KEPT):
        assert _is_kept(each), identity(each)
        if each["kind"] == "StatefulSet":
            policy = each["spec"]["persistentVolumeClaimRetentionPolicy"]
            assert policy == {"whenDeleted": "Retain", "whenScaled": "Retain"}


@pytest.mark.parametrize(
    ("change", "loss"),
    [
        ("nats.storage.storageClass=slow", "StatefulSet/na-nats would have to be replaced"),
        ("nats.storage.size=1Gi", "StatefulSet/na-nats would shrink"),
        ("databases.cloudnativePg.storage.size=1Gi", "Cluster/na-sales-db would shrink"),
    ],
)
def test_losses_are_found(change: str, loss: str) -> None:
    assert loss in losses(release("na", "small"), release("na", "small", "--set", change))


@pytest.mark.parametrize("change", ["nats.enabled=false", "databases.provider=external"])
def test_what_is_not_wanted_any_more_is_left_where_it_is(change: str) -> None:
    assert losses(release("na", "small"), release("na", "small", "--set", change)) == []


def test_what_is_not_kept_would_be_lost() -> None:
    claim = {"kind": "PersistentVolumeClaim", "metadata": {"name": "some"}, "spec": {}}
    assert losses([claim], []) == ["PersistentVolumeClaim/some would be removed"]


def test_restored_databases_are_archived_apart_from_what_they_were_before() -> None:
    change = "databases.cloudnativePg.backup.generation=2"
    cluster = named(release("na", "production", "--set", change), "Cluster", "na-sales-db")
    (plugin,) = cluster["spec"]["plugins"]
    assert plugin["parameters"]["serverName"] == "na-sales-db-2"
