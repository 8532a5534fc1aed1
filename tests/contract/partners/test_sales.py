"""What partners relies on in sales holds of the real sales and of the one that its tests meet (PRM-4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from meridian.partners.v1 import deal_pb2

from chassis.errors import Refused
from services.partners.manifest import SERVICE
from services.sales.manifest import SERVICE as SALES
from tests.component.partners.neighbours import Sales
from tests.component.partners.onboarding import activate, refusal_of
from tests.component.partners.registration import (
    NORDWIND,
    approve,
    bring_under_review,
    convert,
)
from tests.running import Caller, RunningService


@pytest.fixture
def stand_in() -> Iterator[str]:
    """The address of the sales of the component tests."""
    sales = Sales()
    yield sales.address
    sales.stop()


@pytest.fixture
def real(run_service: Callable[..., RunningService]) -> RunningService:
    return run_service(SALES)


@pytest.fixture(params=["real", "stand-in"])
def mia(request: pytest.FixtureRequest, run_service: Callable[..., RunningService]) -> Caller:
    """A partner manager whose partners service meets one sales or the other."""
    address = (
        request.getfixturevalue("real").address
        if request.param == "real"
        else request.getfixturevalue("stand_in")
    )
    return manager(run_service(SERVICE, sales=address))


def manager(partners: RunningService) -> Caller:
    return partners.caller("user_mia", "partners.*@region", teams=("team_na_1",))


def an_approved_deal(mia: Caller, name: str = "Hanse IT") -> deal_pb2.Deal:
    contact = {"family_name": "Berg", "email": "berg@nordwind.example", "phone": "+49 40 123456"}
    deal = bring_under_review(mia, activate(mia, name=name).id, contact=contact)
    return approve(mia, deal.id)


def test_a_deal_becomes_account_contact_and_opportunity(mia: Caller) -> None:
    converted = convert(mia, an_approved_deal(mia).id)

    assert converted.state == deal_pb2.DEAL_STATE_CONVERTED
    made = (converted.handover_id, converted.account_id, converted.contact_id)
    assert all(made)
    assert converted.opportunity_id
    assert convert(mia, converted.id) == converted


def test_what_was_handed_over_is_what_was_registered(
    run_service: Callable[..., RunningService], real: RunningService
) -> None:
    deal = convert(*_converting(run_service, real))

    (opportunity,) = real.table("opportunities")
    assert (opportunity["id"], opportunity["account_id"]) == (deal.opportunity_id, deal.account_id)
    assert (opportunity["partner_id"], opportunity["deal_id"]) == (deal.partner_id, deal.id)
    assert (opportunity["amount_minor"], opportunity["amount_currency"]) == (25_000_000, "EUR")
    assert (opportunity["owner_id"], opportunity["team_id"]) == ("user_mia", "team_na_1")
    assert opportunity["product_line"] == "storage"


def test_an_opportunity_of_one_partner_is_in_the_way_of_another(
    run_service: Callable[..., RunningService], real: RunningService
) -> None:
    first = convert(*_converting(run_service, real))
    # Another installation of partners, which knows of the first deal by sales alone.
    mia = manager(run_service(SERVICE, sales=real.address))
    customer = {key: NORDWIND[key] for key in ("name", "email_domain", "country")}
    second = bring_under_review(mia, activate(mia, name="Other").id, customer=customer)

    refusal = refusal_of(lambda: approve(mia, second.id))

    assert isinstance(refusal, Refused)
    assert (refusal.reason, refusal.params["conflicting_id"]) == (
        "DEAL_OPPORTUNITY_OPEN",
        first.opportunity_id,
    )


def _converting(
    run_service: Callable[..., RunningService], real: RunningService
) -> tuple[Caller, str]:
    mia = manager(run_service(SERVICE, sales=real.address))
    return mia, an_approved_deal(mia).id
