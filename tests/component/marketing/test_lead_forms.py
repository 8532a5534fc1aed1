"""Forms through which people become leads without logging in (MKT-2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from meridian.marketing.v1 import lead_form_pb2, lead_form_service_pb2

from chassis.app import utc_now
from chassis.errors import MeridianError
from services.marketing.manifest import SERVICE
from tests.component.marketing.campaigns import a_campaign
from tests.running import Caller, RunningService

FORMS = lead_form_service_pb2.DESCRIPTOR.services_by_name["LeadFormService"]


@pytest.fixture
def marketing(run_service: Callable[..., RunningService]) -> RunningService:
    return run_service(SERVICE)


@pytest.fixture
def anna(marketing: RunningService) -> Caller:
    return marketing.caller("user_anna", "marketing.*@region", business_unit="bu_1")


@pytest.fixture
def visitor(marketing: RunningService) -> Caller:
    """Somebody with no grant at all."""
    return marketing.caller("nobody")


@pytest.fixture
def form(anna: Caller) -> lead_form_pb2.LeadForm:
    wanted = {
        "name": "Contact",
        "campaign_id": a_campaign(anna),
        "fields": ["family_name", "email"],
        "required_fields": ["email"],
    }
    return anna.call(FORMS).CreateLeadForm(
        lead_form_service_pb2.CreateLeadFormRequest(lead_form=wanted)
    )


def opened(visitor: Caller, form: lead_form_pb2.LeadForm) -> lead_form_pb2.OpenedLeadForm:
    return visitor.call(FORMS).OpenLeadForm(lead_form_service_pb2.OpenLeadFormRequest(id=form.id))


def submit(visitor: Caller, form: lead_form_pb2.LeadForm, token: str, **fields: Any) -> None:
    website = fields.pop("website", "")
    request = lead_form_service_pb2.SubmitLeadFormRequest(
        id=form.id, token=token, lead=fields, website=website
    )
    visitor.call(FORMS).SubmitLeadForm(request)


def later(marketing: RunningService, **by: float) -> None:
    marketing.app.clock = lambda: utc_now() + timedelta(**by)


def reason_of(action: Callable[[], object]) -> str:
    with pytest.raises(MeridianError) as refusal:
        action()
    return refusal.value.reason


def test_a_visitor_becomes_a_lead_once(
    marketing: RunningService, visitor: Caller, form: lead_form_pb2.LeadForm
) -> None:
    page = opened(visitor, form)
    later(marketing, seconds=10)

    for _ in range(2):
        submit(visitor, form, page.token, family_name="Wang", email="wang@example.com")

    [lead] = marketing.table("leads")
    assert (lead["family_name"], lead["source"]) == ("Wang", "form")
    assert lead["campaign_id"] == form.campaign_id
    assert (lead["owner_id"], lead["business_unit_id"]) == ("", "bu_1")
    assert marketing.events() == ["LeadCreated"]
    assert list(page.fields) == ["family_name", "email"]


def test_programs_are_kept_out(
    marketing: RunningService, visitor: Caller, form: lead_form_pb2.LeadForm
) -> None:
    token = opened(visitor, form).token
    send = {"email": "bot@example.com"}

    early = reason_of(lambda: submit(visitor, form, token, **send))
    forged = reason_of(lambda: submit(visitor, form, token[:-1] + "x", **send))
    nonsense = reason_of(lambda: submit(visitor, form, "é", **send))
    later(marketing, seconds=10)
    submit(visitor, form, token, website="https://spam.example", **send)
    later(marketing, days=2)
    late = reason_of(lambda: submit(visitor, form, token, **send))

    assert (early, late) == ("FORM_TOKEN_EARLY", "FORM_TOKEN_LATE")
    assert forged == nonsense == "FORM_TOKEN_INVALID"
    assert marketing.table("leads") == []


def test_answers_fit_the_form(
    marketing: RunningService, visitor: Caller, form: lead_form_pb2.LeadForm
) -> None:
    token = opened(visitor, form).token
    later(marketing, seconds=10)

    other = reason_of(lambda: submit(visitor, form, token, email="w@example.com", city="Bonn"))
    missing = reason_of(lambda: submit(visitor, form, token, family_name="Wang"))

    assert (other, missing) == ("FORM_FIELD_NOT_SHOWN", "FORM_FIELD_NEEDED")
    assert marketing.table("leads") == []


def test_a_closed_form_takes_nothing_until_it_is_opened_again(
    anna: Caller, visitor: Caller, form: lead_form_pb2.LeadForm
) -> None:
    close = lead_form_service_pb2.CloseLeadFormRequest(id=form.id)

    anna.call(FORMS).CloseLeadForm(close)
    closed = reason_of(lambda: opened(visitor, form))
    anna.call(FORMS).CloseLeadForm(
        lead_form_service_pb2.CloseLeadFormRequest(id=form.id, reopen=True)
    )

    assert closed == "FORM_CLOSED"
    assert opened(visitor, form).id == form.id


def test_a_form_never_tells_its_secret(marketing: RunningService, anna: Caller) -> None:
    listed = anna.call(FORMS).ListLeadForms(lead_form_service_pb2.ListLeadFormsRequest())

    assert all(row["secret"] not in str(listed) for row in marketing.table("lead_forms"))


def test_what_is_required_is_shown(anna: Caller) -> None:
    wanted = {"name": "X", "fields": ["email"], "required_fields": ["phone"]}
    request = lead_form_service_pb2.CreateLeadFormRequest(lead_form=wanted)

    assert reason_of(lambda: anna.call(FORMS).CreateLeadForm(request)) == "FORM_FIELD_NOT_SHOWN"
