"""A pod and the small kubelet that keeps it: starts its containers, probes them, restarts and stops them."""

from __future__ import annotations

import shutil
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cli.processes import wait_until
from tests.cluster import volumes
from tests.cluster.container import Container, Setting
from tests.cluster.network import Place
from tests.cluster.probes import Probe
from tests.cluster.volumes import Sources
from tests.image.builder import Image

_LOOK_SECONDS = 0.1
_DEFAULT_GRACE = 30
_RESOLVER = (
    "nameserver {dns}\nsearch {namespace}.svc.cluster.local svc.cluster.local\noptions ndots:5\n"
)


class Pod:
    """One pod. Its kubelet is a thread that ends when the pod does."""

    def __init__(
        self,
        name: str,
        namespace: str,
        labels: Mapping[str, str],
        specification: Mapping[str, Any],
        place: Place,
        on_change: Callable[[], None],
    ) -> None:
        self.name, self.namespace, self.labels = name, namespace, labels
        self.specification = specification
        self.place = place
        self.containers: list[Container] = []
        self._first: list[Container] = []
        self.ready = False
        self.terminating = False
        self.failure = ""
        self.history: list[str] = []
        self._on_change = on_change
        self._kubelet = threading.Thread(target=self._keep, name=name, daemon=True)

    def prepare(
        self,
        folder: Path,
        pull: Callable[[str], Image],
        sources: Sources,
        claims: Mapping[str, Path],
        dns: str,
    ) -> None:
        """Make its volumes and containers. Raises Missing."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        security = self.specification["securityContext"]
        group = security.get("fsGroup")
        made = dict(claims)
        for claim in claims.values():
            volumes.own(claim, group)
        for volume in self.specification.get("volumes", []):
            made[volume["name"]] = folder / "volumes" / volume["name"]
            volumes.make(volume, made[volume["name"]], sources, group)
        setting = Setting(
            self.name, self.place, folder, security, sources, self._files(folder, dns), made
        )
        self.containers = [
            Container(each, pull(each["image"]), setting)
            for each in self.specification["containers"]
        ]
        self._first = [
            Container(each, pull(each["image"]), setting)
            for each in self.specification.get("initContainers", [])
        ]

    def start(self) -> None:
        """Let the kubelet begin."""
        self._kubelet.start()

    @property
    def address(self) -> str:
        """Its own."""
        return self.place.address

    @property
    def main(self) -> Container:
        """Its only container."""
        (container,) = self.containers
        return container

    @property
    def ended(self) -> int | None:
        """The exit code of a pod that runs to its end, None while it runs."""
        codes = [each.exit_code() for each in self.containers]
        return None if not codes or None in codes else max(code or 0 for code in codes)

    def ready_or_failed(self) -> bool:
        """Whether there is no more to wait for until it is ready."""
        return self.ready or bool(self.failure)

    def ended_or_failed(self) -> bool:
        """Whether there is no more to wait for until it has ended."""
        return self.ended is not None or bool(self.failure)

    def logs(self) -> str:
        """What its containers wrote, of all their lives."""
        files = sorted(self.containers[0].setting.folder.glob("*.log"))
        return "".join(f"--- {self.name} {file.stem}\n{file.read_text()}" for file in files)

    def stop(self) -> bool:
        """Take it out of service, let it finish, end it. Whether it ended by itself within its grace."""
        begun = time.monotonic()
        grace = float(self.specification.get("terminationGracePeriodSeconds", _DEFAULT_GRACE))
        self.terminating, self.ready = True, False
        self._on_change()
        for container in self.containers:
            _before_stopping(container)
            container.signal(signal.SIGTERM)
        left = max(grace - (time.monotonic() - begun), 1.0)
        ended = wait_until(lambda: self.ended is not None, left)
        self.kill()
        return ended

    def kill(self) -> None:
        """End it at once."""
        self.terminating, self.ready = True, False
        if self._kubelet.ident is not None:
            self._kubelet.join()
        for container in self.containers:
            container.signal(signal.SIGKILL)
            if container.process:
                container.process.wait()

    def _keep(self) -> None:
        """The life of the kubelet."""
        try:
            for container in self._first:
                container.start()
                assert container.process is not None
                if container.process.wait():
                    self.failure = f"{container.name} ended with {container.exit_code()}"
                    return
            keepers = [_Keeper(container) for container in self.containers]
            restarts = self.specification.get("restartPolicy", "Always") == "Always"
            while not self.terminating and (restarts or self.ended is None):
                for keeper in keepers:
                    keeper.look(restarts=restarts)
                self._settle(all(keeper.ready for keeper in keepers))
                time.sleep(_LOOK_SECONDS)
        except volumes.Missing as missing:
            self.failure = str(missing)

    def _settle(self, ready: bool) -> None:
        if ready != self.ready and not self.terminating:
            self.ready = ready
            self.history.append(f"{time.strftime('%H:%M:%S')} {'' if ready else 'not '}ready")
            self._on_change()

    def _files(self, folder: Path, dns: str) -> dict[str, Path]:
        contents = {
            "/etc/resolv.conf": _RESOLVER.format(dns=dns, namespace=self.namespace),
            "/etc/hosts": f"127.0.0.1\tlocalhost\n{self.place.address}\t{self.name}\n",
            "/etc/hostname": f"{self.name}\n",
        }
        files = {}
        for target, content in contents.items():
            files[target] = folder / Path(target).name
            files[target].write_text(content)
            files[target].chmod(0o644)
        return files


class _Keeper:
    """Looks after one container."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._probes: dict[str, Probe] = {}
        self.ready = False
        self._begin()

    def look(self, *, restarts: bool) -> None:
        """Start it again if it has ended or does not live; find out whether it is ready."""
        if self._container.exit_code() is not None:
            self.ready = False
            if restarts:
                time.sleep(1)
                self._begin()
            return
        startup = self._probes.get("startupProbe")
        if startup and not startup.successes:
            startup.ask()
            self._kill_if(startup.failed)
            return
        if liveness := self._probes.get("livenessProbe"):
            liveness.ask()
            self._kill_if(liveness.failed)
        if readiness := self._probes.get("readinessProbe"):
            readiness.ask()
            self.ready = readiness.successes > 0 or (self.ready and not readiness.failed)
        else:
            self.ready = True

    def _begin(self) -> None:
        self._container.start()
        specification = self._container.specification
        self._probes = {
            name: Probe(specification[name], self._container)
            for name in ("startupProbe", "livenessProbe", "readinessProbe")
            if name in specification
        }

    def _kill_if(self, failed: bool) -> None:
        if failed:
            self._container.signal(signal.SIGKILL)


def _before_stopping(container: Container) -> None:
    """Carry out preStop."""
    action = container.specification.get("lifecycle", {}).get("preStop", {})
    if "sleep" in action:
        time.sleep(action["sleep"]["seconds"])
    elif action:
        code, said = container.run(action["exec"]["command"])
        assert code == 0, said
