"""A cluster in which a region is installed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.clients import LeadDesk
from tests.cluster.installation import Installation
from tests.image.builder import Image
from tests.image.conftest import builder, image  # noqa: F401 - fixtures

_TOOLS = {"ip": "iproute2", "iptables-restore": "iptables", "openssl": "openssl"}


@pytest.fixture(scope="session")
def region(image: Image) -> Iterator[Installation]:  # noqa: F811 - the fixture
    missing = [package for tool, package in _TOOLS.items() if not shutil.which(tool)]
    if missing:
        pytest.exit(f"This needs these packages of Debian: {' '.join(missing)}", 2)
    if os.getpid() != 1:
        pytest.exit("This needs namespaces of its own: say make cluster-check", 2)
    folder = Path(tempfile.mkdtemp(prefix="meridian-cluster-"))
    folder.chmod(0o755)
    made = Installation(folder, image)
    try:
        made.install()
        yield made
    finally:
        made.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def leads(region: Installation) -> LeadDesk:
    return LeadDesk(region.administrator())
