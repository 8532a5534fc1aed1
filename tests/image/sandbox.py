"""Runs commands as a cluster does: the image's root read-only, its user, no privilege, /tmp in memory.

Made of Linux namespaces by util-linux, so it needs root, but no container runtime.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.image.builder import Image

#: Where processes inside find the folder that they are given.
OUTSIDE = "/mnt"

_ENTER = """
set -e
root=$1 outside=$2 folder=$3 user=$4 group=$5
shift 5
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o nosuid,nodev,mode=1777,size=64m tmpfs "$root/tmp"
mount --bind -o ro "$outside" "$root/mnt"
exec unshare --root="$root" --wd="$folder" --setgid="$group" --setuid="$user" -- "$@"
"""


@dataclass(frozen=True)
class Sandbox:
    """Processes of an image; they share the network and the folder `outside` with this machine."""

    image: Image
    outside: Path
    variables: Mapping[str, str]

    def start(
        self, command: Sequence[str], *, output: IO[bytes] | int, given: int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        """Start a program of the image. The process that is returned is that program itself."""
        user, group = self.image.config["User"].split(":")
        where = [self.image.root, self.outside, self.image.config["WorkingDir"], user, group]
        alone = ["setpriv", "--no-new-privs", "unshare", "--mount", "--propagation=private"]
        return subprocess.Popen(
            [*alone, "sh", "-c", _ENTER, "sh", *where, *command],
            env={**self.image.variables, **self.variables},
            stdin=given,
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    def meridian(
        self, *arguments: str, output: IO[bytes] | int, given: int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        """Start the image's entry point with these arguments."""
        command = [*self.image.config["Entrypoint"], *arguments]
        return self.start(command, output=output, given=given)

    def run(self, command: Sequence[str], given: str = "") -> tuple[int, str]:
        """A program from beginning to end: its exit code and what it printed."""
        process = self.start(command, output=subprocess.PIPE, given=subprocess.PIPE)
        said, _ = process.communicate(given.encode(), timeout=120)
        return process.returncode, said.decode()
