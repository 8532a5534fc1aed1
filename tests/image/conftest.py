"""The image, built once, and a region that runs from it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image import base
from tests.image.builder import ROOT, Builder, Image, fetch_wheels
from tests.image.region import Region

#: What is slow to get and does not change with our code: Debian and the locked wheels.
CACHE = ROOT / "build" / "image"
_TOOLS = {"debootstrap": "debootstrap", "buildah": "buildah", "setpriv": "util-linux"}


@pytest.fixture(scope="session")
def builder() -> Iterator[Builder]:
    missing = [package for tool, package in _TOOLS.items() if not shutil.which(tool)]
    if os.geteuid() or missing:
        pytest.exit(f"This needs root, and these packages of Debian: {' '.join(missing)}", 2)
    made = Builder(CACHE / "storage", CACHE / "wheels")
    fetch_wheels(CACHE / "wheels")
    made.import_base(base.tarball(CACHE))
    yield made
    made.remove()


@pytest.fixture(scope="session")
def image(builder: Builder) -> Image:
    return builder.build(CACHE / "build.log")


@pytest.fixture(scope="session")
def region(image: Image) -> Iterator[Region]:
    folder = Path(tempfile.mkdtemp(prefix="meridian-image-"))
    folder.chmod(0o755)
    region = Region(folder, image)
    try:
        region.prepare()
        region.start()
        yield region
    finally:
        region.stop()
    shutil.rmtree(folder)
