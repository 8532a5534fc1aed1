"""Partners of three regions, "na" being the hub; what crosses the border is handed to every one of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from meridian.partners.v1 import clearance_service_pb2, deal_pb2, deal_service_pb2

from services.partners.manifest import SERVICE
from tests.component.partners.neighbours import Sales
from tests.component.partners.onboarding import activate
from tests.component.partners.registration import (
    DEALS,
    NORDWIND,
    approve,
    bring_under_review,
)
from tests.crossing import Crossing
from tests.match_keys import settings_of
from tests.running import Caller, RunningService

CLEARANCES = clearance_service_pb2.DESCRIPTOR.services_by_name["ClearanceService"]
REGIONS = ("na", "emea", "apac")
#: The customer as each region knows it: every two share something.
CUSTOMERS = {
    "na": NORDWIND,
    "emea": {"name": "NORDWIND", "email_domain": "www.Nordwind.example", "country": "DE"},
    "apac": {"name": "Other", "tax_id": "de811222333", "country": "DE"},
}

OTHERS = {"name": "Southwind", "tax_id": "DE999888777", "country": "DE"}


class Regions:
    """Partners of three regions, each with its manager and a partner."""

    def __init__(
        self, run_service: Callable[..., RunningService], sales: Sales, folder: Path
    ) -> None:
        self.folder = folder
        self.services = {
            each: run_service(
                SERVICE, settings=settings_of(folder, "k1", region=each), sales=sales.address
            )
            for each in REGIONS
        }
        self.crossing = Crossing(list(self.services.values()))
        self.partners = {each: activate(self.manager(each)).id for each in REGIONS}

    def manager(self, region: str, *grants: str, language: str = "en") -> Caller:
        return self.services[region].caller(
            f"user_{region}", *(grants or ("partners.*@region",)), language=language
        )

    def under_review(self, region: str, **fields: object) -> str:
        customer = {"customer": CUSTOMERS[region]}
        deal = bring_under_review(
            self.manager(region), self.partners[region], **(customer | fields)
        )
        return deal.id

    def approved(self, region: str, **fields: object) -> str:
        """A deal whose approval was asked for and settled."""
        deal_id = self.under_review(region, **fields)
        approve(self.manager(region), deal_id)
        self.crossing.settle()
        return deal_id

    def get(self, region: str, deal_id: str) -> deal_pb2.Deal:
        request = deal_service_pb2.GetDealRequest(id=deal_id)
        deal: deal_pb2.Deal = self.manager(region).call(DEALS).GetDeal(request)
        return deal

    def state(self, region: str, deal_id: str) -> str:
        return deal_pb2.DealState.Name(self.get(region, deal_id).state).removeprefix("DEAL_STATE_")

    def digests(self) -> set[tuple[int, str]]:
        request = clearance_service_pb2.GetClearanceDigestRequest()
        answers = [self.manager(r).call(CLEARANCES).GetClearanceDigest(request) for r in REGIONS]
        return {(answer.clearances, answer.digest) for answer in answers}

    def held_by(self) -> set[str]:
        """Which deals hold a customer and product line in the hub."""
        claims = self.services["na"].table("claims")
        return {row["holder_id"] for row in claims if row["key"].startswith("clearance|")}


def withdraw(caller: Caller, deal_id: str) -> deal_pb2.Deal:
    request = deal_service_pb2.WithdrawDealRequest(id=deal_id)
    deal: deal_pb2.Deal = caller.call(DEALS).WithdrawDeal(request)
    return deal
