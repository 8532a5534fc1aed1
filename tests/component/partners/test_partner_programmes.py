"""Partner programmes through real gRPC: laid down in the hub, read in every region (PRM-1, PLT-4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from meridian.partners.v1 import (
    partner_pb2,
    partner_programme_pb2,
    partner_programme_service_pb2,
    reference_replica_service_pb2,
)
from meridian.type.v1.reference_replica_pb2 import REFERENCE_REPLICA_STATE_CURRENT

from services.partners.manifest import SERVICE
from tests.component.sales.people import refusal_of
from tests.running import Caller, RunningService
from tests.two_regions import TwoRegions, replica

PROGRAMMES = partner_programme_service_pb2.DESCRIPTOR.services_by_name["PartnerProgrammeService"]
REPLICA = reference_replica_service_pb2.DESCRIPTOR.services_by_name["PartnersReplicaService"]
ACTIVE = partner_programme_pb2.PARTNER_PROGRAMME_STATE_ACTIVE
RETIRED = partner_programme_pb2.PARTNER_PROGRAMME_STATE_RETIRED


def tier(of: int, cents: int, **asks: Any) -> dict[str, Any]:
    return {"tier": of, "won_amount": {"amount_minor": cents, "currency": "EUR"}} | asks


SILVER = tier(partner_pb2.PARTNER_TIER_SILVER, 0, commission_rate_bp=500, benefits_zh="培训")
GOLD = tier(partner_pb2.PARTNER_TIER_GOLD, 10_000_000, won_deals=10, certified_people=2)


def lay_down(caller: Caller, **fields: Any) -> partner_programme_pb2.PartnerProgramme:
    values = {"name": "Cloud partners", "tiers": [SILVER, GOLD]} | fields
    request = partner_programme_service_pb2.CreatePartnerProgrammeRequest(partner_programme=values)
    made: partner_programme_pb2.PartnerProgramme = caller.call(PROGRAMMES).CreatePartnerProgramme(
        request
    )
    return made


def read(caller: Caller, programme_id: str) -> Any:
    request = partner_programme_service_pb2.GetPartnerProgrammeRequest(id=programme_id)
    return caller.call(PROGRAMMES).GetPartnerProgramme(request)


def update(caller: Caller, programme_id: str, **fields: Any) -> Any:
    request = partner_programme_service_pb2.UpdatePartnerProgrammeRequest(
        partner_programme={"id": programme_id} | fields
    )
    return caller.call(PROGRAMMES).UpdatePartnerProgramme(request)


def retire(caller: Caller, programme_id: str, etag: str = "") -> Any:
    request = partner_programme_service_pb2.RetirePartnerProgrammeRequest(
        id=programme_id, etag=etag
    )
    return caller.call(PROGRAMMES).RetirePartnerProgramme(request)


def test_a_programme_is_laid_down_changed_and_retired(
    partners: RunningService, mia: Caller
) -> None:
    made = lay_down(mia, name_zh="云伙伴")
    assert made.id.startswith("pprog_na_")
    assert (made.state, made.etag) == (ACTIVE, "1")
    assert [each.commission_rate_bp for each in made.tiers] == [500, 0]
    assert read(mia, made.id) == made

    changed = update(mia, made.id, tiers=[SILVER])
    assert (len(changed.tiers), changed.name_zh, changed.etag) == (1, "云伙伴", "2")
    assert refusal_of(lambda: retire(mia, made.id, etag="1")).reason == "STALE_ETAG"
    assert retire(mia, made.id).state == RETIRED
    assert refusal_of(lambda: update(mia, made.id, name="X")).reason == "PARTNER_PROGRAMME_RETIRED"

    request = partner_programme_service_pb2.ListPartnerProgrammesRequest(filter="state = RETIRED")
    listed = mia.call(PROGRAMMES).ListPartnerProgrammes(request).partner_programmes
    assert [each.id for each in listed] == [made.id]
    assert partners.events() == ["PartnerProgrammeCreated", "PartnerProgrammeRetired"]


def test_tiers_that_do_not_rise_are_refused(partners: RunningService, mia: Caller) -> None:
    assert refusal_of(lambda: lay_down(mia, tiers=[GOLD, SILVER])).reason == "TIERS_UNORDERED"
    assert refusal_of(lambda: lay_down(mia, tiers=[])).reason == "INVALID_FIELDS"
    assert partners.table("partner_programmes") == []


def test_who_may_not_write_programmes_writes_none(partners: RunningService) -> None:
    reader = partners.caller("user_rae", "partners.partner_programmes.read@region")
    assert refusal_of(lambda: lay_down(reader)).reason == "PERMISSION_MISSING"
    assert partners.table("partner_programmes") == []


@pytest.fixture
def regions(run_service: Callable[..., RunningService]) -> TwoRegions:
    return TwoRegions(SERVICE, run_service)


def test_it_is_the_same_in_every_region(regions: TwoRegions) -> None:
    ann, eva = regions.people("partners.*@all")
    made = lay_down(ann, name_zh="云伙伴")
    update(ann, made.id, name="Cloud")
    regions.beat()

    in_hub, elsewhere = regions.rows("partner_programmes")
    assert elsewhere == in_hub
    assert read(eva, made.id) == read(ann, made.id)
    assert replica(eva, REPLICA).state == REFERENCE_REPLICA_STATE_CURRENT
    for write in (
        lambda: lay_down(eva),
        lambda: update(eva, made.id, name="X"),
        lambda: retire(eva, made.id),
    ):
        assert refusal_of(write).reason == "WRITTEN_IN_HUB"
