"""Two regions, na (the hub) and emea, with all that keeps something of a customer.

They are shared by the tests of a module; each test brings customers of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cli.nats_server import free_port
from services.marketing.manifest import SERVICE as MARKETING
from services.partners.manifest import SERVICE as PARTNERS
from services.sales.manifest import SERVICE as SALES
from services.service.manifest import SERVICE as SERVICE_
from tests.component.regions.region import MakeDatabase, RunningRegion
from tests.component.relocation.company import Company
from tests.component.relocation.customer import Customer, Record, customer, furnish
from tests.component.relocation.moves import kept
from tests.component.relocation.shelves import Shelves

#: In the order in which they may call each other.
SERVICES = (SALES, SERVICE_, MARKETING, PARTNERS)


@pytest.fixture(scope="module")
def company(
    tmp_path_factory: pytest.TempPathFactory, module_database_url: MakeDatabase
) -> Iterator[Company]:
    """Both regions."""
    ports, folder = {"na": free_port(), "emea": free_port()}, tmp_path_factory.mktemp("regions")
    regions = [
        RunningRegion(name, ports, "na", folder, module_database_url, SERVICES) for name in ports
    ]
    yield Company(*regions)
    for region in regions:
        region.stop()


@pytest.fixture(scope="module")
def reference(company: Company) -> Record:
    """What the company's customers are sold and served by."""
    return furnish(company)


@pytest.fixture
def na(company: Company) -> RunningRegion:
    """The hub."""
    return company.regions["na"]


@pytest.fixture
def emea(company: Company) -> RunningRegion:
    """The other region."""
    return company.regions["emea"]


@pytest.fixture
def shelves(company: Company, reference: Record) -> Shelves:
    """What the regions keep of the customer of this test alone."""
    others = {name: kept(region) for name, region in company.regions.items()}
    return Shelves(company.regions, others, reference["REGIONAL"])


@pytest.fixture
def mills(company: Company, reference: Record, shelves: Shelves) -> Customer:
    """The customer who moves."""
    return customer(company, reference)
