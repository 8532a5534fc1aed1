"""A release of the chart, installed and upgraded in the order in which Helm does it."""

from __future__ import annotations

from collections.abc import Sequence

from tests.cluster import specification
from tests.cluster.cluster import Cluster
from tests.cluster.workloads import Workload, run_to_end
from tests.deploy.rendering import NAMESPACE, Manifest

_HOOK = "helm.sh/hook"
_WEIGHT = "helm.sh/hook-weight"
_RUN = ("Deployment", "StatefulSet")
_END = ("Job", "Pod")


class Release:
    """What Helm made of one rendering."""

    def __init__(self, cluster: Cluster, namespace: str = NAMESPACE) -> None:
        self._cluster, self._namespace = cluster, namespace
        self._objects: Sequence[Manifest] = []
        self.workloads: dict[str, Workload] = {}

    def install(self, objects: Sequence[Manifest]) -> None:
        """`helm install --wait`. Fails with the logs of whoever does not succeed or become ready."""
        self._follow(objects, "pre-install")
        for workload in self.workloads.values():
            workload.wait_until_ready()

    def upgrade(self, objects: Sequence[Manifest]) -> None:
        """`helm upgrade --wait`."""
        self._follow(objects, "pre-upgrade")

    def test(self) -> str:
        """`helm test`: what the pods of the test wrote."""
        return self._run_hooks("test")

    def _follow(self, objects: Sequence[Manifest], event: str) -> None:
        for each in objects:
            specification.check(each)
        self._objects = objects
        self._run_hooks(event)
        for each in objects:
            if _HOOK not in each["metadata"].get("annotations", {}):
                self._apply(each)

    def _run_hooks(self, event: str) -> str:
        return "".join(self._apply(each) for each in hooks(self._objects, event))

    def _apply(self, manifest: Manifest) -> str:
        """Make one object; gives what a pod wrote that runs to its end."""
        name = manifest["metadata"]["name"]
        if manifest["kind"] in _END:
            return run_to_end(self._cluster, self._namespace, manifest)
        if manifest["kind"] not in _RUN:
            self._cluster.namespace(self._namespace).keep(manifest)
            self._cluster.refresh()
        elif name in self.workloads:
            ended = self.workloads[name].replace(manifest)
            assert ended, f"{name} was killed, because it did not end in time"
        else:
            self.workloads[name] = Workload(self._cluster, self._namespace, manifest)
            self.workloads[name].start()
        return ""


def hooks(objects: Sequence[Manifest], event: str) -> list[Manifest]:
    """The hooks of an event in the order in which Helm runs them: by weight, else as they were rendered."""
    found = [
        each
        for each in objects
        if event in each["metadata"].get("annotations", {}).get(_HOOK, "").split(",")
    ]
    return sorted(found, key=lambda each: int(each["metadata"]["annotations"].get(_WEIGHT, "0")))
