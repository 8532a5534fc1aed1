"""The chart as Helm renders it, for tests to look at."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from tools.kubernetes import helm

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy" / "helm" / "meridian"
GOLDEN = Path(__file__).parent / "golden"
REGIONS = sorted(path.stem for path in (CHART / "values" / "regions").glob("*.yaml"))
PROFILES = sorted(path.stem for path in (CHART / "values" / "profiles").glob("*.yaml"))
COMBINATIONS = list(product(REGIONS, PROFILES))
NAMESPACE = "meridian"

Manifest = dict[str, Any]


class Refused(Exception):
    """Helm would not render the chart; the message is what it said."""


def text(region: str, profile: str, *arguments: str) -> str:
    """All objects of a release, named after its region, as YAML. Raises Refused."""
    files = _files(region, profile)
    command = [str(helm()), "template", region, str(CHART), "--namespace", NAMESPACE]
    done = subprocess.run(
        [*command, *files, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refused(done.stderr)
    return "".join(line + "\n" for line in map(str.rstrip, done.stdout.splitlines()) if line)


def _files(region: str, profile: str) -> list[str]:
    values = CHART / "values"
    chosen = [values / "profiles" / f"{profile}.yaml", values / "regions" / f"{region}.yaml"]
    return [argument for path in chosen for argument in ("--values", str(path))]


def parse(rendered: str) -> list[Manifest]:
    """The objects in a YAML text."""
    return [found for found in yaml.load_all(rendered, yaml.CSafeLoader) if found]


@cache
def _release(region: str, profile: str, arguments: tuple[str, ...]) -> list[Manifest]:
    return parse(text(region, profile, *arguments))


def release(region: str, profile: str, *arguments: str) -> list[Manifest]:
    """All objects of a release; look at them only, other tests get the same."""
    return _release(region, profile, arguments)


def of_kind(objects: Sequence[Manifest], *kinds: str) -> list[Manifest]:
    """Those of these kinds."""
    return [each for each in objects if each["kind"] in kinds]


def named(objects: Sequence[Manifest], kind: str, name: str) -> Manifest:
    """The one object of this kind and name."""
    (found,) = [each for each in of_kind(objects, kind) if each["metadata"]["name"] == name]
    return found


def identity(manifest: Manifest) -> str:
    """What an object is called in messages: "Deployment/na-sales-serve"."""
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


@dataclass(frozen=True)
class Pods:
    """What makes pods: a Deployment, StatefulSet, Job or Pod, with the pods' labels and spec."""

    owner: Manifest
    labels: Mapping[str, str]
    spec: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What their owner is called."""
        return identity(self.owner)

    @property
    def containers(self) -> list[dict[str, Any]]:
        """All containers, those that run first too."""
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]


def pods(objects: Sequence[Manifest]) -> Iterator[Pods]:
    """Everything that makes pods by itself; those of operators are the operators' business."""
    for owner in of_kind(objects, "Deployment", "StatefulSet", "Job", "Pod"):
        template = owner if owner["kind"] == "Pod" else owner["spec"]["template"]
        yield Pods(owner, template["metadata"]["labels"], template["spec"])


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector with matchLabels finds something with these labels."""
    assert set(selector) <= {"matchLabels"}
    return selector.get("matchLabels", {}).items() <= labels.items()
