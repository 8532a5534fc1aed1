"""Regions as somebody would install them: databases elsewhere, a NATS of their own, profile small."""

from __future__ import annotations

import secrets as random
import shutil
from dataclasses import dataclass
from pathlib import Path

from cli.nats_server import binary
from cli.rest import Rest
from tests.cluster.clients import RestFrom
from tests.cluster.cluster import Cluster
from tests.cluster.outside import Databases, make_other_secrets, make_secrets
from tests.cluster.pods import Pod
from tests.cluster.release import Release
from tests.deploy.instructions import own_values
from tests.deploy.rendering import NAMESPACE, Manifest, parse, text
from tests.image.builder import Image

ADMINISTRATOR = "ada@meridian.example"
#: Where docs/operate.md has clients come from.
CLIENTS = "envoy-gateway-system"


@dataclass(frozen=True)
class Site:
    """What differs between regions; a namespace stands for a cluster."""

    region: str
    namespace: str
    databases: str


HUB = Site("na", NAMESPACE, "10.60.0.5")
OTHER = Site("emea", "meridian-emea", "10.60.0.6")
#: Where the hub's load balancer awaits the NATS of other regions.
BORDER = ("nats.na.example.com", "198.51.100.10")


class Installation:
    """What a region finds outside itself, and its release."""

    def __init__(self, cluster: Cluster, site: Site, image: Image) -> None:
        self.cluster, self.site = cluster, site
        self._folder = cluster.folder / site.region
        self._folder.mkdir(mode=0o755)
        self._values = self._folder / "own.yaml"
        own = own_values().replace("sha256:…", image.digest)
        self._values.write_text(own.replace("crm.na.", f"crm.{site.region}."))
        name = f"postgres.{site.region}.example.com"
        machine = cluster.machine(name, site.databases)
        self.databases = Databases(self._folder / "databases", name, machine)
        self.clients = cluster.visitor(CLIENTS)
        self.release = Release(cluster, site.namespace)
        self._password = random.token_urlsafe(24)

    @property
    def pods(self) -> list[Pod]:
        """Those that run now."""
        return [pod for pod in self.cluster.pods if pod.namespace == self.site.namespace]

    def make_secrets(self, hub: Installation | None = None) -> None:
        """Make the Secrets; those of a region that is not the hub have something of the hub's."""
        folder, urls = self._folder / "secrets", self.databases.urls
        if hub is None:
            made = make_secrets(folder, urls)
        else:
            keys = self.cluster.namespace(hub.site.namespace).secrets["meridian-nats"]
            password = keys[f"leaf-{self.site.region}-password"].decode()
            made = make_other_secrets(folder, urls, hub._folder / "secrets", password)
        for each in made:
            self.cluster.namespace(self.site.namespace).keep(each)

    def install(self) -> None:
        """Install the release, and make the first person as the notes of the chart say."""
        self.release.install(self.rendered())
        (directory,) = self.release.workloads[f"{self.site.region}-directory-serve"].pods
        command = ["meridian", "administrator", "--email", ADMINISTRATOR, "--name", "Ada"]
        code, said = directory.main.run(command, self._password)
        assert code == 0, said

    def rendered(self, *arguments: str) -> list[Manifest]:
        """What Helm renders with the values of this installation and further arguments."""
        values = ("--values", str(self._values), "--set", "databases.provider=external")
        return parse(text(self.site.region, "small", *values, *arguments))

    def administrator(self) -> Rest:
        """The public API as clients outside reach it, for the first person."""
        address = self.cluster.address(self.site.namespace, f"{self.site.region}-gateway")
        anybody = RestFrom(f"http://{address}:8080", place=self.clients)
        return anybody.signed_in(ADMINISTRATOR, self._password)

    def stop(self) -> None:
        """End everything of this region."""
        for pod in self.pods:
            self.cluster.lose(pod)
        self.databases.stop()


def nats_image(root: Path) -> Image:
    """An image with the NATS server alone."""
    program = root / "usr" / "local" / "bin" / "nats-server"
    program.parent.mkdir(parents=True)
    (root / "etc").mkdir()
    shutil.copy(binary(), program)
    told = {"Env": ["PATH=/usr/local/bin"], "User": "0:0", "WorkingDir": "/", "Entrypoint": []}
    return Image("", root, told)
