"""A region `na` as somebody would install it: databases elsewhere, a NATS of its own, profile small."""

from __future__ import annotations

import secrets as random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.nats_server import binary
from cli.rest import Rest
from tests.cluster.cluster import Cluster
from tests.cluster.outside import Databases, make_secrets
from tests.cluster.release import Release
from tests.deploy.instructions import own_values
from tests.deploy.rendering import NAMESPACE, Manifest, parse, pods, text
from tests.image.builder import Image

ADMINISTRATOR = "ada@meridian.example"
REGION = "na"
#: Where docs/operate.md has clients come from.
CLIENTS = "envoy-gateway-system"
_DATABASES = ("postgres.example.com", "10.60.0.5")


class Installation:
    """The cluster, what is outside it, and the release."""

    def __init__(self, folder: Path, image: Image) -> None:
        self._values = folder / "own.yaml"
        self._values.write_text(own_values().replace("sha256:…", image.digest))
        objects = self.rendered()
        self.cluster = Cluster(folder, _images(objects, image, folder))
        machine = self.cluster.machine(*_DATABASES)
        self.databases = Databases(folder / "databases", _DATABASES[0], machine)
        namespace = self.cluster.namespace(NAMESPACE)
        for each in make_secrets(folder / "secrets", self.databases.urls):
            namespace.keep(each)
        self.clients = self.cluster.visitor(CLIENTS)
        self.release = Release(self.cluster)
        self.password = random.token_urlsafe(24)

    def rendered(self, *arguments: str) -> list[Manifest]:
        """What Helm renders with the values of this installation and further arguments."""
        values = ("--values", str(self._values), "--set", "databases.provider=external")
        return parse(text(REGION, "small", *values, *arguments))

    @contextmanager
    def client(self) -> Iterator[Rest]:
        """The public API, as clients outside reach it."""
        with self.clients.entered():
            yield Rest(f"http://{self.cluster.address(NAMESPACE, 'na-gateway')}:8080")

    def stop(self) -> None:
        """End everything."""
        self.cluster.stop()
        self.databases.stop()


def _images(objects: list[Manifest], image: Image, folder: Path) -> dict[str, Image]:
    """The images that the pods name: ours, and a NATS."""
    names = {container["image"] for each in pods(objects) for container in each.containers}
    nats = _nats(folder / "nats-image")
    return {name: nats if name.startswith("nats:") else image for name in names}


def _nats(root: Path) -> Image:
    """An image with the NATS server alone."""
    program = root / "usr" / "local" / "bin" / "nats-server"
    program.parent.mkdir(parents=True)
    (root / "etc").mkdir()
    shutil.copy(binary(), program)
    told = {"Env": ["PATH=/usr/local/bin"], "User": "0:0", "WorkingDir": "/", "Entrypoint": []}
    return Image("", root, told)
