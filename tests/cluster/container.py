"""A container of a pod: its environment, its process, its end."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cluster.network import Place
from tests.cluster.volumes import Sources, key_of
from tests.image.builder import Image

_INSIDE = Path(__file__).with_name("inside.py")
#: Found before the environment is the container's, whose PATH says where its programs are.
_ENTER = shutil.which("nsenter") or "nsenter"
_ALONE = ("--mount", "--propagation=private", "--pid", "--ipc", "--uts", "--fork", "--kill-child")
_JOINED = ("--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd")
_MEBIBYTES = re.compile(r"^(\d+)Mi$")
_REFERENCE = re.compile(r"\$\$|\$\((\w+)\)")


@dataclass(frozen=True)
class Setting:
    """What the containers of a pod have in common."""

    pod: str
    place: Place
    folder: Path
    security: Mapping[str, Any]
    sources: Sources
    files: Mapping[str, Path]
    volumes: Mapping[str, Path]


@dataclass
class Container:
    """One container; started again it has a fresh layer, as with a kubelet."""

    specification: Mapping[str, Any]
    image: Image
    setting: Setting
    restarts: int = -1
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """As the pod calls it."""
        return str(self.specification["name"])

    @property
    def log(self) -> Path:
        """What it wrote since it was started last."""
        return self.setting.folder / f"{self.name}-{self.restarts}.log"

    def start(self) -> None:
        """Start its program. Raises Missing if something that it refers to is not there."""
        self.restarts += 1
        plan = self._plan(self._command(), f"layer-{self.name}-{self.restarts}")
        with self.log.open("wb") as output, self.setting.place.entered():
            self.process = subprocess.Popen(
                ["unshare", *_ALONE, sys.executable, "-I", _INSIDE, json.dumps(plan)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, command: list[str], given: str = "", seconds: float = 60) -> tuple[int, str]:
        """Run a command beside its program, as `kubectl exec` does: exit code and output."""
        plan = self._plan(command, "")
        user = [f"--setgid={plan['group']}", f"--setuid={plan['user']}"]
        done = subprocess.run(
            [_ENTER, f"--target={self.pid()}", *_JOINED, *user, "--", *plan["command"]],
            env=plan["environment"],
            input=given.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
        return done.returncode, done.stdout.decode()

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.process.poll() if self.process else None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to its program, which is process 1 of the container."""
        if self.process and self.process.poll() is None:
            for pid in _children(self.process.pid):
                subprocess.run(["kill", f"-{number.value}", str(pid)], check=False)

    def pid(self) -> int:
        """Its program, as this machine knows it."""
        assert self.process is not None
        (pid,) = _children(self.process.pid)
        return pid

    def status(self) -> str:
        """What the kernel says of its program."""
        return Path(f"/proc/{self.pid()}/status").read_text()

    def memory(self) -> int:
        """Bytes that its processes have in memory now, those that they share counted once for each."""
        processes = [self.pid()]
        for pid in processes:
            processes += _children(pid)
        return sum(_resident(pid) for pid in processes)

    def memory_limit(self) -> int:
        """Bytes above which it would be killed."""
        (number,) = _MEBIBYTES.findall(self.specification["resources"]["limits"]["memory"])
        return int(number) << 20

    def variables(self) -> dict[str, str]:
        """The environment of its program. Raises Missing."""
        found = dict(self.image.variables)
        for each in self.specification.get("envFrom", []):
            name = each["configMapRef"]["name"]
            content = self.setting.sources.config_maps[name]
            found |= {key: value.decode() for key, value in content.items()}
        for name, value in self._environment():
            found[name] = expanded(value, found)
        return {"HOSTNAME": self.setting.pod, **found}

    def _environment(self) -> Iterator[tuple[str, str]]:
        for each in self.specification.get("env", []):
            if "value" in each:
                yield each["name"], each["value"]
            else:
                key = each["valueFrom"]["secretKeyRef"]
                content = key_of(self.setting.sources.secrets, key["name"], key["key"])
                # What is in a Secret is taken as it is.
                yield each["name"], content.decode().replace("$", "$$")

    def _command(self) -> list[str]:
        arguments = list(self.specification.get("args", []))
        return [*self.specification.get("command", self.image.config["Entrypoint"]), *arguments]

    def _plan(self, command: list[str], layer: str) -> dict[str, Any]:
        security = self.setting.security
        user, group = (int(each) for each in self.image.config["User"].split(":"))
        user = security.get("runAsUser", user)
        assert user or not security.get("runAsNonRoot"), f"{self.name} would run as root"
        variables = self.variables()
        return {
            "hostname": self.setting.pod,
            "image": str(self.image.root),
            "layer": str(self.setting.folder / layer),
            "read_only": self.specification["securityContext"].get("readOnlyRootFilesystem", False),
            "files": [[str(path), target, False] for target, path in self.setting.files.items()],
            "mounts": [
                [
                    str(self.setting.volumes[each["name"]]),
                    each["mountPath"],
                    each.get("readOnly", False),
                ]
                for each in self.specification.get("volumeMounts", [])
            ],
            "folder": self.specification.get("workingDir", self.image.config["WorkingDir"]),
            "user": user,
            "group": security.get("runAsGroup", group),
            "groups": [security["fsGroup"]] if "fsGroup" in security else [],
            "environment": variables,
            "command": [expanded(each, variables) for each in command],
        }


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """$(NAME) is replaced by a variable that is there already, $$ by $; anything else stays."""

    def replace(found: re.Match[str]) -> str:
        return "$" if found[0] == "$$" else variables.get(found[1], found[0])

    return _REFERENCE.sub(replace, text)


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _resident(pid: int) -> int:
    (found,) = re.findall(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)
    return int(found) << 10
