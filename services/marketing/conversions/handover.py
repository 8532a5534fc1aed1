"""What a lead should become, in the words of sales."""

from __future__ import annotations

from dataclasses import replace

import orjson
from meridian.sales.v1 import account_pb2, handover_pb2, identifier_pb2

from chassis.errors import Invalid
from chassis.records.encoding import to_proto
from services.marketing.conversions.domain import Conversion, ConversionPlan
from services.marketing.leads.domain import Lead

#: What begins the name of a field of the handover, and what it is made from.
_NAMES = {
    "handover.account.id": "plan.account_id",
    "handover.contact.id": "plan.contact_id",
    "handover.opportunity": "plan.opportunity",
    "handover.extensions": "lead.extensions",
}


def handover_for(conversion: Conversion, lead: Lead) -> handover_pb2.Handover:
    """The handover of a lead as its conversion plans it."""
    plan = conversion.plan
    handover = handover_pb2.Handover(
        source_id=conversion.id,
        lead_id=lead.id,
        campaign_id=lead.campaign_id,
        partner_id=lead.partner_id,
        owner_id=conversion.owner_id,
        team_id=conversion.team_id,
        business_unit_id=conversion.business_unit_id,
        account=_account(plan, lead),
        extensions=orjson.dumps(lead.extensions).decode() if lead.extensions else "",
    )
    contact = _contact(plan, lead)
    if contact is not None:
        handover.contact.CopyFrom(contact)
    if plan.opportunity is not None:
        handover.opportunity.CopyFrom(to_proto(plan.opportunity, handover_pb2.OpportunityPlan))
    return handover


def name_as_in_plan(wrong: Invalid) -> None:
    """Call the fields that sales finds wrong by their names in the plan, or in the lead."""
    wrong.violations = [
        replace(violation, field=_name_in_plan(violation.field)) for violation in wrong.violations
    ]


def _name_in_plan(field: str) -> str:
    for theirs, ours in _NAMES.items():
        if field.startswith(theirs):
            return ours + field.removeprefix(theirs)
    return field


def _account(plan: ConversionPlan, lead: Lead) -> handover_pb2.AccountPlan:
    if plan.account_id:
        return handover_pb2.AccountPlan(id=plan.account_id)
    account = handover_pb2.AccountPlan(
        name=lead.company or _person(lead) or lead.email or lead.phone
    )
    account.kind = (
        account_pb2.ACCOUNT_KIND_COMPANY if lead.company else account_pb2.ACCOUNT_KIND_PERSON
    )
    if (
        lead.country
    ):  # sales needs the country of an address; without it the rest stays with the lead
        account.addresses.add(
            purpose=account_pb2.ADDRESS_PURPOSE_OFFICE,
            street=lead.street,
            city=lead.city,
            postal_code=lead.postal_code,
            country=lead.country,
        )
    return account


def _contact(plan: ConversionPlan, lead: Lead) -> handover_pb2.ContactPlan | None:
    if plan.without_contact:
        return None
    if plan.contact_id:
        return handover_pb2.ContactPlan(id=plan.contact_id)
    if not _person(lead):
        return None
    contact = handover_pb2.ContactPlan(given_name=lead.given_name, family_name=lead.family_name)
    if lead.email:
        contact.identifiers.add(type=identifier_pb2.IDENTIFIER_TYPE_EMAIL, value=lead.email)
    if lead.phone:
        contact.identifiers.add(type=identifier_pb2.IDENTIFIER_TYPE_PHONE, value=lead.phone)
    return contact


def _person(lead: Lead) -> str:
    return f"{lead.given_name} {lead.family_name}".strip()
