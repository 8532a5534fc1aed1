"""What Kubernetes' controllers do: keep the pods of Deployments and StatefulSets, run Jobs and Pods to their end."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.processes import wait_until
from tests.cluster.cluster import Cluster
from tests.cluster.pods import Pod

Manifest = Mapping[str, Any]
READY_SECONDS = 90.0


class Workload:
    """A Deployment or a StatefulSet."""

    def __init__(self, cluster: Cluster, namespace: str, manifest: Manifest) -> None:
        self._cluster, self._namespace = cluster, namespace
        self.name = manifest["metadata"]["name"]
        self._spec = manifest["spec"]
        self._stateful = manifest["kind"] == "StatefulSet"
        self._numbers = itertools.count()
        self.pods: list[Pod] = []

    def start(self) -> None:
        """Start as many pods as it shall have."""
        for _ in range(self._spec["replicas"]):
            self._add()

    def replace(self, manifest: Manifest) -> bool:
        """Follow a new manifest: pod by pod, and only if they change. Whether all old ones ended within their grace."""
        before, self._spec = self._spec, manifest["spec"]
        if before["template"] == self._spec["template"]:
            return True
        ended = [self._exchange(pod) for pod in list(self.pods)]
        return all(ended)

    def wait_until_ready(self) -> None:
        """Fails with the logs if a pod is not ready in time."""
        for pod in self.pods:
            wait_until(pod.ready_or_failed, READY_SECONDS)
            assert pod.ready, f"{pod.name} is not ready: {pod.failure}\n{pod.logs()}"

    def lose(self) -> None:
        """All pods are deleted at once without asking, as with a node that is gone; others come."""
        for pod in list(self.pods):
            self.pods.remove(pod)
            self._cluster.lose(pod)
            self._add()

    def _exchange(self, pod: Pod) -> bool:
        if not self._stateful:
            self._add()
            self.wait_until_ready()
        self.pods.remove(pod)
        ended = self._cluster.remove(pod)
        if self._stateful:
            self._add()
            self.wait_until_ready()
        return ended

    def _add(self) -> None:
        number = len(self.pods) if self._stateful else next(self._numbers)
        name = f"{self.name}-{number}"
        claims = {
            each["metadata"]["name"]: self._claim(each["metadata"]["name"], name)
            for each in self._spec.get("volumeClaimTemplates", [])
        }
        template = self._spec["template"]
        self.pods.append(self._cluster.launch(name, self._namespace, template, claims))

    def _claim(self, claim: str, pod: str) -> Path:
        """A volume that outlives its pod."""
        folder = self._cluster.folder / "claims" / f"{claim}-{pod}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def run_to_end(cluster: Cluster, namespace: str, manifest: Manifest) -> str:
    """Run a Job, or a Pod that ends. Gives what it wrote; fails with it if it does not succeed."""
    job = manifest["kind"] == "Job"
    template = manifest["spec"]["template"] if job else manifest
    name = manifest["metadata"]["name"]
    said = ""
    for attempt in range(manifest["spec"]["backoffLimit"] + 1 if job else 1):
        pod = cluster.launch(f"{name}-{attempt}", namespace, template, {})
        wait_until(pod.ended_or_failed, manifest["spec"]["activeDeadlineSeconds"])
        said += pod.logs() + pod.failure
        code = pod.ended
        cluster.remove(pod)
        if code == 0:
            return said
    raise AssertionError(f"{name} does not succeed:\n{said}")
