"""A cluster, and the region `na` in it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.clients import LeadDesk
from tests.cluster.cluster import Cluster
from tests.cluster.installation import BORDER, HUB, Installation, nats_image
from tests.image.builder import Image
from tests.image.conftest import builder, image  # noqa: F401 - fixtures

_TOOLS = {"ip": "iproute2", "iptables-restore": "iptables", "openssl": "openssl"}


@pytest.fixture(scope="session")
def cluster(image: Image) -> Iterator[Cluster]:  # noqa: F811 - the fixture
    missing = [package for tool, package in _TOOLS.items() if not shutil.which(tool)]
    if missing:
        pytest.exit(f"This needs these packages of Debian: {' '.join(missing)}", 2)
    if os.getpid() != 1:
        pytest.exit("This needs namespaces of its own: say make cluster-check", 2)
    folder = Path(tempfile.mkdtemp(prefix="meridian-cluster-"))
    folder.chmod(0o755)
    made = Cluster(folder, image, nats_image(folder / "nats-image"))
    try:
        yield made
    finally:
        try:
            made.stop()
        finally:
            shutil.rmtree(folder)


@pytest.fixture(scope="session")
def region(cluster: Cluster, image: Image) -> Iterator[Installation]:  # noqa: F811 - the fixture
    hub = Installation(cluster, HUB, image)
    try:
        hub.make_secrets()
        hub.install()
        cluster.publish(HUB.namespace, "na-nats-border", *BORDER)
        yield hub
    finally:
        hub.stop()


@pytest.fixture(scope="session")
def leads(region: Installation) -> LeadDesk:
    return LeadDesk(region.administrator)
