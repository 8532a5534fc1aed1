"""Two regions, na (the hub) and emea, with all that keeps something of a customer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.nats_server import free_port
from services.marketing.manifest import SERVICE as MARKETING
from services.partners.manifest import SERVICE as PARTNERS
from services.sales.manifest import SERVICE as SALES
from services.service.manifest import SERVICE as SERVICE_
from tests.component.regions.region import MakeDatabase, RunningRegion
from tests.component.relocation.company import Company

#: In the order in which they may call each other.
SERVICES = (SALES, SERVICE_, MARKETING, PARTNERS)


@pytest.fixture
def company(tmp_path: Path, service_database_url: MakeDatabase) -> Iterator[Company]:
    """Both regions."""
    ports = {"na": free_port(), "emea": free_port()}
    regions = [
        RunningRegion(name, ports, "na", tmp_path, service_database_url, SERVICES) for name in ports
    ]
    yield Company(*regions)
    for region in regions:
        region.stop()


@pytest.fixture
def na(company: Company) -> RunningRegion:
    """The hub."""
    return company.regions["na"]


@pytest.fixture
def emea(company: Company) -> RunningRegion:
    """The other region."""
    return company.regions["emea"]
