"""Builds deploy/Dockerfile with buildah, offline, on the stand-in for its base image."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.image import base

ROOT = Path(__file__).parents[2]
BUILD_ARGUMENTS = {
    "VERSION": "1.2.3",
    "REVISION": "0123456789abcdef0123456789abcdef01234567",
    "CREATED": "2026-01-02T03:04:05Z",
}


@dataclass(frozen=True)
class Image:
    """A built image. `root` is where its files are mounted, `config` what a container is told.

    `digest` is that of all its files and its configuration.
    """

    digest: str
    root: Path
    config: dict[str, Any]

    @property
    def variables(self) -> dict[str, str]:
        """The environment that the image gives to its processes."""
        return dict(each.split("=", 1) for each in self.config["Env"])


class Builder:
    """Images in a folder of their own, so that nothing of this machine's images is touched."""

    def __init__(self, storage: Path, wheels: Path) -> None:
        self._command = ["buildah", "--root", storage / "images", "--runroot", storage / "run"]
        self._wheels = wheels
        self._containers: list[str] = []

    def import_base(self, tarball: Path) -> None:
        """Let the tar file be the image that the Dockerfile begins with."""
        container = self._container("scratch")
        self._buildah("add", "--quiet", container, tarball, "/")
        self._buildah("commit", "--quiet", container, base.NAME)

    def build(self, log: Path) -> Image:
        """Carry out the Dockerfile from its first line.

        Raises CalledProcessError if a step fails; the log says why.
        """
        options = [
            f"--timestamp={_seconds(BUILD_ARGUMENTS['CREATED'])}",
            "--no-cache",
            *("--isolation=chroot", "--pull-never", "--format=oci", "--file=deploy/Dockerfile"),
            f"--volume={self._wheels}:{base.WHEELS}:ro",
            *(f"--build-arg={name}={value}" for name, value in BUILD_ARGUMENTS.items()),
        ]
        with log.open("wb") as output:
            subprocess.run(
                [*self._command, "build", *options, "--tag=meridian:check", "."],
                cwd=ROOT,
                stdout=output,
                stderr=output,
                check=True,
            )
        told = json.loads(self._buildah("inspect", "--type=image", "meridian:check"))
        mounted = self._buildah("mount", self._container("meridian:check"))
        return Image(told["FromImageDigest"], Path(mounted), told["OCIv1"]["config"])

    def remove(self) -> None:
        """Unmount and remove everything that was made."""
        for container in self._containers:
            self._buildah("rm", container)
        self._buildah("rmi", "--all", "--force")

    def _container(self, image: str) -> str:
        self._containers.append(self._buildah("from", "--pull-never", image))
        return self._containers[-1]

    def _buildah(self, *arguments: str | Path) -> str:
        done = subprocess.run(
            [*self._command, *arguments], check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout.strip()


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def fetch_wheels(folder: Path) -> None:
    """Put every wheel that the lock files of the image name into the folder, checked by hash."""
    command = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--require-hashes"]
    locked = ["--requirement", ROOT / "requirements-build.lock"]
    subprocess.run([*command, "--only-binary", ":all:", *locked, "--dest", folder], check=True)
