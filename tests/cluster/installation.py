"""A region `na` as somebody would install it: databases elsewhere, a NATS of its own, profile small."""

from __future__ import annotations

import secrets as random
import shutil
from pathlib import Path

from cli.nats_server import binary
from cli.rest import Rest
from tests.cluster.clients import RestFrom
from tests.cluster.cluster import Cluster
from tests.cluster.outside import Databases, make_secrets
from tests.cluster.release import Release
from tests.deploy.instructions import own_values
from tests.deploy.rendering import NAMESPACE, Manifest, parse, text
from tests.image.builder import Image

ADMINISTRATOR = "ada@meridian.example"
REGION = "na"
#: Where docs/operate.md has clients come from.
CLIENTS = "envoy-gateway-system"
DATABASES = ("postgres.example.com", "10.60.0.5")


class Installation:
    """The cluster, what is outside it, and the release."""

    def __init__(self, folder: Path, image: Image) -> None:
        self._values = folder / "own.yaml"
        self._values.write_text(own_values().replace("sha256:…", image.digest))
        self.cluster = Cluster(folder, image, _nats(folder / "nats-image"))
        machine = self.cluster.machine(*DATABASES)
        self.databases = Databases(folder / "databases", DATABASES[0], machine)
        namespace = self.cluster.namespace(NAMESPACE)
        for each in make_secrets(folder / "secrets", self.databases.urls):
            namespace.keep(each)
        self.clients = self.cluster.visitor(CLIENTS)
        self.release = Release(self.cluster)
        self._password = random.token_urlsafe(24)

    def install(self) -> None:
        """Install the release, and make the first person as the notes of the chart say."""
        self.release.install(self.rendered())
        (directory,) = self.release.workloads["na-directory-serve"].pods
        command = ["meridian", "administrator", "--email", ADMINISTRATOR, "--name", "Ada"]
        code, said = directory.main.run(command, self._password)
        assert code == 0, said

    def rendered(self, *arguments: str) -> list[Manifest]:
        """What Helm renders with the values of this installation and further arguments."""
        values = ("--values", str(self._values), "--set", "databases.provider=external")
        return parse(text(REGION, "small", *values, *arguments))

    def administrator(self) -> Rest:
        """The public API as clients outside reach it, for the first person."""
        gateway = f"http://{self.cluster.address(NAMESPACE, 'na-gateway')}:8080"
        return RestFrom(gateway, place=self.clients).signed_in(ADMINISTRATOR, self._password)

    def stop(self) -> None:
        """End everything."""
        self.cluster.stop()
        self.databases.stop()


def _nats(root: Path) -> Image:
    """An image with the NATS server alone."""
    program = root / "usr" / "local" / "bin" / "nats-server"
    program.parent.mkdir(parents=True)
    (root / "etc").mkdir()
    shutil.copy(binary(), program)
    told = {"Env": ["PATH=/usr/local/bin"], "User": "0:0", "WorkingDir": "/", "Entrypoint": []}
    return Image("", root, told)
