"""The partners service on a real PostgreSQL beside a stand-in for sales, and the people who use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.partners.manifest import SERVICE
from tests.component.partners.clearing import Regions
from tests.component.partners.neighbours import Sales
from tests.running import Caller, RunningService


@pytest.fixture
def sales() -> Iterator[Sales]:
    """What partners meets as sales."""
    neighbour = Sales()
    yield neighbour
    neighbour.stop()


@pytest.fixture
def partners(run_service: Callable[..., RunningService], sales: Sales) -> RunningService:
    """The service under test."""
    return run_service(SERVICE, sales=sales.address)


@pytest.fixture
def mia(partners: RunningService) -> Caller:
    """A partner manager."""
    return partners.caller(
        "user_mia",
        "partners.*@business_unit",
        business_unit="bu_na_1",
        business_units=("bu_na_1",),
        teams=("team_na_1",),
    )


@pytest.fixture
def regions(run_service: Callable[..., RunningService], sales: Sales, tmp_path: Path) -> Regions:
    """Partners of three regions."""
    return Regions(run_service, sales, tmp_path)
