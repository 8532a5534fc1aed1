"""A release of the chart, installed and upgraded in the order in which Helm does it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.cluster import specification
from tests.cluster.cluster import Cluster
from tests.cluster.workloads import Workload, run_to_end
from tests.deploy.rendering import NAMESPACE, Manifest, of_kind

_HOOK = "helm.sh/hook"
_WEIGHT = "helm.sh/hook-weight"
_RUN = ("Deployment", "StatefulSet")
_END = ("Job", "Pod")
_REPLACED_AT_ONCE = 3


class Release:
    """What Helm made of one rendering."""

    def __init__(self, cluster: Cluster, namespace: str = NAMESPACE) -> None:
        self._cluster, self._namespace = cluster, namespace
        self._objects: Sequence[Manifest] = []
        self.workloads: dict[str, Workload] = {}

    def install(self, objects: Sequence[Manifest]) -> None:
        """`helm install --wait`. Fails with the logs of whoever does not succeed or become ready."""
        self._follow(objects, "pre-install")

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
        own = [each for each in objects if _HOOK not in each["metadata"].get("annotations", {})]
        for each in own:
            if each["kind"] not in _RUN:
                self._apply(each)
        running = of_kind(own, *_RUN)
        # What is there goes on working meanwhile, so not all processors may be busy with starting.
        with ThreadPoolExecutor(_REPLACED_AT_ONCE if self.workloads else len(running)) as pool:
            list(pool.map(self._roll_out, running))

    def _run_hooks(self, event: str) -> str:
        return "".join(self._apply(each) for each in hooks(self._objects, event))

    def _apply(self, manifest: Manifest) -> str:
        """Make one object; gives what a pod wrote that runs to its end."""
        if manifest["kind"] in _END:
            return run_to_end(self._cluster, self._namespace, manifest)
        self._cluster.namespace(self._namespace).keep(manifest)
        self._cluster.refresh()
        return ""

    def _roll_out(self, manifest: Manifest) -> None:
        name = manifest["metadata"]["name"]
        if name in self.workloads:
            ended = self.workloads[name].replace(manifest)
            assert ended, f"{name} was killed, because it did not end in time"
        else:
            self.workloads[name] = Workload(self._cluster, self._namespace, manifest)
            self.workloads[name].start()
        self.workloads[name].wait_until_ready()


def hooks(objects: Sequence[Manifest], event: str) -> list[Manifest]:
    """The hooks of an event in the order in which Helm runs them: by weight, else as they were rendered."""
    found = [
        each
        for each in objects
        if event in each["metadata"].get("annotations", {}).get(_HOOK, "").split(",")
    ]
    return sorted(found, key=lambda each: int(each["metadata"]["annotations"].get(_WEIGHT, "0")))
