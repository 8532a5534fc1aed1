"""Regions without the keys under which customers are compared, and with new ones (PLT-4)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chassis.errors import Refused
from services.partners.deals import waiting
from services.partners.manifest import SERVICE
from tests.component.partners.clearing import (
    REGIONS,
    Regions,
    withdraw,
)
from tests.component.partners.neighbours import Sales
from tests.component.partners.onboarding import activate, refusal_of
from tests.component.partners.registration import (
    NORDWIND,
    approve,
    bring_under_review,
)
from tests.match_keys import settings_of
from tests.running import RunningService


def test_new_keys_in_the_middle_leave_no_gap(regions: Regions) -> None:
    first = regions.approved("emea")
    for region in REGIONS:
        give_keys(regions, region, "k1", "k2")
    regions.crossing.settle()
    for region in REGIONS:
        give_keys(regions, region, "k2")
    regions.crossing.settle()

    second = regions.under_review("apac", customer=NORDWIND)
    approve(regions.manager("apac"), second)
    regions.crossing.settle()
    assert regions.state("apac", second) == "CONFLICTED"

    withdraw(regions.manager("emea"), first)
    regions.crossing.settle()
    assert regions.held_by() == set()


def give_keys(regions: Regions, region: str, *key_ids: str) -> None:
    app = regions.services[region].app
    app.settings = settings_of(regions.folder, *key_ids, region=region)
    waiting.renew(app)
    regions.crossing.settle()


def test_without_keys_a_region_outside_the_hub_approves_nothing(regions: Regions) -> None:
    none = str(regions.folder / "none.json")
    app = regions.services["emea"].app
    app.settings = settings_of(regions.folder, "k1", region="emea", MERIDIAN_MATCH_KEYS_FILE=none)
    deal_id = regions.under_review("emea")

    refusal = refusal_of(lambda: approve(regions.manager("emea"), deal_id))

    assert (type(refusal), refusal.reason) == (Refused, "MATCH_KEYS_MISSING")
    assert regions.state("emea", deal_id) == "UNDER_REVIEW"
    assert regions.services["emea"].table("claims") == []


def test_what_was_approved_without_keys_is_claimed_when_there_are_some(
    run_service: Callable[..., RunningService], sales: Sales, tmp_path: Path
) -> None:
    partners = run_service(SERVICE, sales=sales.address)
    mia = partners.caller("user_mia", "partners.*@region")
    deal_id = approve(mia, bring_under_review(mia, activate(mia).id).id).id
    waiting.renew(partners.app)
    assert partners.table("clearances") == []

    partners.app.settings = settings_of(tmp_path, "k1")
    waiting.renew(partners.app)

    (clearance,) = partners.table("clearances")
    assert (clearance["deal_id"], clearance["decision"]) == (deal_id, "granted")
