"""A region that was restored, the hub too, agrees with the others about who has which customer (PLT-9, ADR 0932)."""

from __future__ import annotations

import sqlalchemy as sa
from meridian.partners.v1 import deal_service_pb2

from services.partners.clearances import store as clearances
from services.partners.deals import store as deals
from tests.component.partners.clearing import (
    OTHERS,
    Regions,
    withdraw,
)
from tests.component.partners.registration import (
    DEALS,
    approve,
)
from tests.forgetting import remember, take_back


def test_a_region_that_was_restored_asks_anew_about_what_it_has_forgotten(regions: Regions) -> None:
    deal_id = regions.approved("emea")
    withdraw(regions.manager("emea"), deal_id)
    regions.crossing.settle()
    emea = regions.services["emea"].app
    with emea.transaction() as tx:
        forgotten = {"state": "under_review", "clearance_number": 0, "version": 3}
        tx.execute(sa.update(deals.deals).values(forgotten))
        tx.execute(sa.delete(clearances.clearances))

    approve(regions.manager("emea"), deal_id)
    regions.crossing.settle()

    assert regions.state("emea", deal_id) == "APPROVED"
    assert regions.held_by() == {deal_id}
    numbers = {row["number"]: row["released"] for row in regions.services["na"].table("clearances")}
    assert numbers == {1: True, 2: False}


def test_a_region_that_was_restored_gives_back_what_it_does_not_know_it_asked_for(
    regions: Regions,
) -> None:
    app = regions.services["emea"].app
    before = remember(app)
    approve(regions.manager("emea"), regions.under_review("emea"))
    crossed = regions.crossing.settle()
    assert len(regions.held_by()) == 1

    take_back(app, before)
    regions.crossing.deliver(crossed)
    regions.crossing.settle()

    assert regions.held_by() == set()
    assert len(regions.digests()) == 1
    other = regions.approved("apac")
    assert (regions.state("apac", other), regions.held_by()) == ("APPROVED", {other})


def test_a_region_that_has_forgotten_the_end_of_a_protection_asks_for_another(
    regions: Regions,
) -> None:
    deal_id = regions.approved("emea")
    app = regions.services["emea"].app
    before = remember(app)
    withdraw(regions.manager("emea"), deal_id)
    crossed = regions.crossing.settle()
    assert regions.held_by() == set()

    take_back(app, before)
    regions.crossing.deliver(crossed)
    regions.crossing.settle()

    assert (regions.state("emea", deal_id), regions.held_by()) == ("APPROVED", {deal_id})
    numbers = {row["number"]: row["released"] for row in regions.services["na"].table("clearances")}
    assert numbers == {1: True, 2: False}
    assert len(regions.digests()) == 1


def test_what_a_restored_hub_has_forgotten_is_forgotten_everywhere(regions: Regions) -> None:
    kept = regions.approved("na", customer=OTHERS)
    app = regions.services["na"].app
    before = remember(app)
    withdraw(regions.manager("na"), kept)
    forgotten = regions.approved("na")
    crossed = regions.crossing.settle()
    refused = regions.under_review("emea")
    approve(regions.manager("emea"), refused)
    crossed += regions.crossing.settle()
    assert (regions.state("emea", refused), regions.held_by()) == ("CONFLICTED", {forgotten})

    take_back(app, before)
    regions.crossing.deliver([event for event in crossed if ".na." not in event.subject])
    regions.crossing.settle()

    assert regions.held_by() == {kept}
    assert len(regions.digests()) == 1
    request = deal_service_pb2.ReviewDealRequest(id=refused)
    regions.manager("emea").call(DEALS).ReviewDeal(request)
    approve(regions.manager("emea"), refused)
    regions.crossing.settle()
    assert regions.state("emea", refused) == "APPROVED"
    assert regions.held_by() == {kept, refused}
    assert len(regions.digests()) == 1
