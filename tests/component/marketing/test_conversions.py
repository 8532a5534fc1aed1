"""Conversions of leads: the saga between marketing and sales (MKT-3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from meridian.marketing.v1 import (
    conversion_pb2,
    conversion_service_pb2,
    lead_pb2,
    lead_service_pb2,
)

from chassis.app import utc_now
from chassis.errors import (
    Denied,
    Internal,
    Invalid,
    MeridianError,
    Refused,
    Unauthenticated,
    Unavailable,
)
from services.marketing.conversions import saga
from services.marketing.manifest import SERVICE
from tests.component.marketing.fake_sales import FakeSales
from tests.running import Caller, RunningService

CONVERSIONS = conversion_service_pb2.DESCRIPTOR.services_by_name["ConversionService"]
LEADS = lead_service_pb2.DESCRIPTOR.services_by_name["LeadService"]


@pytest.fixture
def sales() -> Iterator[FakeSales]:
    fake = FakeSales()
    yield fake
    fake.stop()


@pytest.fixture
def marketing(run_service: Callable[..., RunningService], sales: FakeSales) -> RunningService:
    return run_service(SERVICE, sales=sales.address)


@pytest.fixture
def anna(marketing: RunningService) -> Caller:
    return marketing.caller("user_anna", "marketing.*@region", "sales.*@region")


def qualified(caller: Caller, **fields: Any) -> lead_pb2.Lead:
    leads = caller.call(LEADS)
    fields = fields or {"given_name": "Li", "family_name": "Wang", "company": "Acme"}
    lead = leads.CreateLead(lead_service_pb2.CreateLeadRequest(lead=fields))
    return leads.QualifyLead(lead_service_pb2.QualifyLeadRequest(id=lead.id))


def convert(caller: Caller, lead: lead_pb2.Lead, **request: Any) -> conversion_pb2.Conversion:
    return caller.call(CONVERSIONS).ConvertLead(
        conversion_service_pb2.ConvertLeadRequest(lead_id=lead.id, **request)
    )


def undo(caller: Caller, conversion: conversion_pb2.Conversion) -> conversion_pb2.Conversion:
    return caller.call(CONVERSIONS).UndoConversion(
        conversion_service_pb2.UndoConversionRequest(id=conversion.id)
    )


def read(caller: Caller, lead: lead_pb2.Lead) -> lead_pb2.Lead:
    return caller.call(LEADS).GetLead(lead_service_pb2.GetLeadRequest(id=lead.id))


def refusal_of(action: Callable[[], object]) -> MeridianError:
    with pytest.raises(MeridianError) as refusal:
        action()
    return refusal.value


def test_a_lead_becomes_an_account_a_contact_and_an_opportunity(
    marketing: RunningService, sales: FakeSales, anna: Caller
) -> None:
    lead = qualified(
        anna, family_name="Wang", company="Acme", email="w@example.com", city="Bonn", country="DE"
    )
    amount = {"amount_minor": 500_00, "currency": "EUR"}

    done = convert(anna, lead, plan={"opportunity": {"name": "Fleet", "amount": amount}})

    assert done.state == conversion_pb2.CONVERSION_STATE_DONE
    assert (done.account_id, done.account_created) == ("acct_na_1", True)
    assert (done.contact_id, done.opportunity_id) == ("cont_na_1", "opp_na_1")
    handover = sales.handovers[done.id]
    assert (handover.account.name, handover.account.addresses[0].city) == ("Acme", "Bonn")
    assert handover.contact.identifiers[0].value == "w@example.com"
    assert handover.opportunity.amount.amount_minor == 500_00
    assert handover.owner_id == "user_anna"
    assert read(anna, lead).state == lead_pb2.LEAD_STATE_CONVERTED
    assert marketing.events()[-1] == "LeadConverted"


def test_the_same_request_again_converts_once(sales: FakeSales, anna: Caller) -> None:
    lead = qualified(anna)
    keyed = anna.with_key("convert-1")

    first, second = convert(keyed, lead), convert(keyed, lead)

    assert first == second
    assert len(sales.handovers) == 1


def test_a_converted_lead_is_not_converted_again(sales: FakeSales, anna: Caller) -> None:
    lead = qualified(anna)
    convert(anna, lead)

    refusal = refusal_of(lambda: convert(anna, lead))

    assert (refusal.reason, refusal.params) == ("LEAD_CLOSED", {"state": "converted"})
    assert len(sales.handovers) == 1


def test_only_a_qualified_lead_is_converted(marketing: RunningService, anna: Caller) -> None:
    lead = anna.call(LEADS).CreateLead(lead_service_pb2.CreateLeadRequest(lead={"phone": "123456"}))

    refusal = refusal_of(lambda: convert(anna, lead))

    assert (refusal.reason, refusal.params) == ("LEAD_NOT_CONVERTIBLE", {"state": "new"})
    assert marketing.table("conversions") == []


def test_what_sales_refuses_leaves_the_lead_qualified(
    marketing: RunningService, sales: FakeSales, anna: Caller
) -> None:
    lead = qualified(anna)
    sales.refusal = Refused("OPEN_DEAL_EXISTS")

    refusal = refusal_of(lambda: convert(anna, lead))

    assert (type(refusal), refusal.reason) == (Refused, "OPEN_DEAL_EXISTS")
    after = read(anna, lead)
    assert (after.state, after.conversion_id) == (lead_pb2.LEAD_STATE_QUALIFIED, "")
    assert [(row["state"], row["failure_reason"]) for row in marketing.table("conversions")] == [
        ("failed", "OPEN_DEAL_EXISTS")
    ]


@pytest.mark.parametrize(
    ("in_sales", "in_plan"),
    [
        ("handover.account.id", "plan.account_id"),
        ("handover.contact.id", "plan.contact_id"),
        ("handover.opportunity.pipeline_id", "plan.opportunity.pipeline_id"),
        ("handover.extensions.tier", "lead.extensions.tier"),
    ],
)
def test_what_sales_finds_wrong_is_named_as_the_plan_names_it(
    sales: FakeSales, anna: Caller, in_sales: str, in_plan: str
) -> None:
    sales.refusal = Invalid("ACCOUNT_NOT_FOUND", field=in_sales)

    refusal = refusal_of(lambda: convert(anna, qualified(anna)))

    assert isinstance(refusal, Invalid)
    assert [(each.field, each.reason) for each in refusal.violations] == [
        (in_plan, "ACCOUNT_NOT_FOUND")
    ]


@pytest.mark.parametrize(
    "silence", [Unavailable("DATABASE_UNAVAILABLE"), Unauthenticated("TOKEN_EXPIRED")]
)
def test_while_sales_is_silent_the_conversion_waits_and_then_finishes_by_itself(
    silence: MeridianError, marketing: RunningService, sales: FakeSales, anna: Caller
) -> None:
    lead = qualified(anna)
    sales.refusal = silence

    waiting = convert(anna, lead)
    blocked = refusal_of(
        lambda: anna.call(LEADS).NurtureLead(lead_service_pb2.NurtureLeadRequest(id=lead.id))
    )
    sales.refusal = None
    marketing.app.clock = lambda: utc_now() + timedelta(minutes=1)
    saga.resume_stuck(marketing.app)

    assert waiting.state == conversion_pb2.CONVERSION_STATE_PENDING
    assert blocked.reason == "LEAD_CONVERTING"
    assert read(anna, lead).state == lead_pb2.LEAD_STATE_CONVERTED
    assert sales.calls == ["create by user_anna", "create by service_marketing"]
    assert len(sales.handovers) == 1


def test_a_defect_in_sales_is_no_refusal(sales: FakeSales, anna: Caller) -> None:
    lead = qualified(anna)
    sales.refusal = Internal("INTERNAL")

    waiting = convert(anna, lead)

    assert waiting.state == conversion_pb2.CONVERSION_STATE_PENDING
    assert read(anna, lead).conversion_id == waiting.id


def test_asking_again_carries_on_with_the_conversion_that_waits(
    sales: FakeSales, anna: Caller
) -> None:
    lead = qualified(anna)
    sales.refusal = Unavailable("DATABASE_UNAVAILABLE")
    waiting = convert(anna, lead)
    sales.refusal = None

    done = convert(anna, lead)

    assert done.id == waiting.id
    assert done.state == conversion_pb2.CONVERSION_STATE_DONE


def test_a_conversion_is_undone(marketing: RunningService, sales: FakeSales, anna: Caller) -> None:
    lead = qualified(anna)
    done = convert(anna, lead)

    undone = undo(anna, done)

    assert undone.state == conversion_pb2.CONVERSION_STATE_UNDONE
    after = read(anna, lead)
    assert (after.state, after.conversion_id) == (lead_pb2.LEAD_STATE_QUALIFIED, "")
    assert sales.calls[-1] == f"revert {done.handover_id}"
    assert marketing.events()[-1] == "LeadConversionUndone"
    assert convert(anna, lead).id != done.id


def test_what_is_in_use_in_sales_is_not_undone(sales: FakeSales, anna: Caller) -> None:
    lead = qualified(anna)
    done = convert(anna, lead)
    sales.refusal = Refused("HANDOVER_IN_USE")

    refusal = refusal_of(lambda: undo(anna, done))

    assert refusal.reason == "HANDOVER_IN_USE"
    assert read(anna, lead).state == lead_pb2.LEAD_STATE_CONVERTED


def test_without_permission_in_sales_nothing_is_converted(
    marketing: RunningService, sales: FakeSales, anna: Caller
) -> None:
    lead = qualified(anna)
    mark = marketing.caller("user_mark", "marketing.*@region")

    refusal = refusal_of(lambda: convert(mark, lead))

    assert isinstance(refusal, Denied)
    assert read(anna, lead).state == lead_pb2.LEAD_STATE_QUALIFIED
    assert sales.handovers == {}
