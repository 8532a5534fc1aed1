"""Two regions, na (the hub) and emea, that know each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.nats_server import free_port
from tests.component.regions.region import MakeDatabase, RunningRegion


@pytest.fixture
def ports() -> dict[str, int]:
    return {"na": free_port(), "emea": free_port()}


@pytest.fixture
def na(
    ports: dict[str, int], tmp_path: Path, service_database_url: MakeDatabase
) -> Iterator[RunningRegion]:
    region = RunningRegion("na", ports, "na", tmp_path, service_database_url)
    yield region
    region.stop()


@pytest.fixture
def emea(
    ports: dict[str, int], tmp_path: Path, service_database_url: MakeDatabase
) -> Iterator[RunningRegion]:
    region = RunningRegion("emea", ports, "na", tmp_path, service_database_url)
    yield region
    region.stop()
