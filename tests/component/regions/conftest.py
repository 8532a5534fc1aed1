"""Two regions, na (the hub) and emea, that know each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.nats_server import free_port
from tests.component.regions.pair import Side, side
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


@dataclass(frozen=True)
class Pair:
    """Two sides that know each other."""

    na: Side
    emea: Side


@pytest.fixture
def pair() -> Iterator[Pair]:
    with (
        side("na") as na,
        side("emea") as emea,
        na.serving(emea.peer()),
        emea.serving(na.peer()),
    ):
        yield Pair(na, emea)
