"""Programmes are written in the hub and mirrored to every other region (PLT-4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from meridian.marketing.v1 import (
    campaign_service_pb2,
    programme_service_pb2,
    reference_replica_service_pb2,
)
from meridian.type.v1.reference_replica_pb2 import REFERENCE_REPLICA_STATE_CURRENT

from services.marketing.manifest import SERVICE
from tests.component.marketing.test_campaigns import CAMPAIGNS, PROGRAMMES, campaign, programme
from tests.component.sales.people import refusal_of
from tests.running import RunningService
from tests.two_regions import TwoRegions, replica

REPLICA = reference_replica_service_pb2.DESCRIPTOR.services_by_name["MarketingReplicaService"]


@pytest.fixture
def regions(run_service: Callable[..., RunningService]) -> TwoRegions:
    return TwoRegions(SERVICE, run_service)


def test_a_programme_is_the_same_everywhere_but_for_its_owner(regions: TwoRegions) -> None:
    ann, eva = regions.people("marketing.*@all")
    made = programme(ann, description="云计算", start_date="2026-01-01")
    regions.beat()

    get = programme_service_pb2.GetProgrammeRequest(id=made.id)
    shown = eva.call(PROGRAMMES).GetProgramme(get)

    assert made.owner_id == "user_na_ann"
    made.owner_id = ""
    assert shown == made
    assert replica(eva, REPLICA).state == REFERENCE_REPLICA_STATE_CURRENT


def test_campaigns_of_a_region_run_under_it_and_outlive_it(regions: TwoRegions) -> None:
    ann, eva = regions.people("marketing.*@all")
    made = programme(ann)
    regions.carry()
    fair = campaign(eva, programme_id=made.id)
    delete = programme_service_pb2.DeleteProgrammeRequest(id=made.id)
    update = programme_service_pb2.UpdateProgrammeRequest(programme={"id": made.id, "name": "X"})
    for write in (
        lambda: programme(eva),
        lambda: eva.call(PROGRAMMES).UpdateProgramme(update),
        lambda: eva.call(PROGRAMMES).DeleteProgramme(delete),
    ):
        assert refusal_of(write).reason == "WRITTEN_IN_HUB"

    ann.call(PROGRAMMES).DeleteProgramme(delete)
    regions.carry()

    assert regions.rows("programmes") == ([], [])
    get = campaign_service_pb2.GetCampaignRequest(id=fair.id)
    assert eva.call(CAMPAIGNS).GetCampaign(get).programme_id == made.id
