"""What deals ask of sales, over gRPC: open opportunities that conflict, and the handover.

The service asks under its own name: a partner manager need not see what sales has. Never inside a
database transaction.
"""

from __future__ import annotations

from dataclasses import replace

from meridian.sales.v1 import (
    account_pb2,
    handover_pb2,
    handover_service_pb2,
    identifier_pb2,
    opportunity_service_pb2,
)
from meridian.type.v1 import money_pb2

from chassis.app import App
from chassis.call import Call
from chassis.records.encoding import to_proto
from services.partners.deals.conflicts import OpenOpportunity
from services.partners.deals.customer import DealCustomer
from services.partners.deals.domain import Deal
from services.partners.deals.particulars import ConversionPlan

OPPORTUNITIES = opportunity_service_pb2.DESCRIPTOR.services_by_name["OpportunityService"]
HANDOVERS = handover_service_pb2.DESCRIPTOR.services_by_name["HandoverService"]


def open_opportunities(app: App, deal: Deal, call: Call) -> list[OpenOpportunity]:
    """Open opportunities with the deal's customer for its product line, whosever they are.

    Errors: UNAVAILABLE if sales does not answer within the caller's deadline.
    """
    customer = deal.customer or DealCustomer()
    request = opportunity_service_pb2.FindOpenDealsRequest(
        identifiers=_identifiers(customer), name=customer.name, product_line=deal.product_line
    )
    answer = app.neighbour(OPPORTUNITIES).FindOpenDeals(request, _own_call(app, call))
    return [
        OpenOpportunity(found.opportunity_id, found.partner_id, ", ".join(found.matched_on))
        for found in answer.deals
    ]


def hand_over(app: App, deal: Deal, call: Call) -> handover_pb2.Handover:
    """Let sales take the deal over; the same deal again gives the same handover.

    Errors: those of sales' CreateHandover.
    """
    plan, customer = deal.conversion or ConversionPlan(), deal.customer or DealCustomer()
    handover = handover_pb2.Handover(
        source_id=deal.id,
        deal_id=deal.id,
        partner_id=deal.partner_id,
        owner_id=plan.owner_id or deal.owner_id,
        team_id="" if plan.owner_id else deal.team_id,
        business_unit_id="" if plan.owner_id else deal.business_unit_id,
        account=_account_plan(plan, customer),
        contact=_contact_plan(deal),
        opportunity=_opportunity_plan(plan, customer, deal),
    )
    request = handover_service_pb2.CreateHandoverRequest(handover=handover)
    answer: handover_pb2.Handover = app.neighbour(HANDOVERS).CreateHandover(
        request, _own_call(app, call)
    )
    return answer


def _own_call(app: App, call: Call) -> Call:
    """A call of the service itself that ends with the caller's and belongs to its trace."""
    own = app.system_call()
    return replace(
        own, language=call.language, traceparent=call.traceparent, deadline=call.deadline
    )


def _identifiers(customer: DealCustomer) -> list[identifier_pb2.Identifier]:
    found = []
    if customer.tax_id:
        found.append(
            identifier_pb2.Identifier(
                type=identifier_pb2.IDENTIFIER_TYPE_TAX_ID,
                issuer=customer.country,
                value=customer.tax_id,
            )
        )
    if customer.email_domain:
        found.append(
            identifier_pb2.Identifier(
                type=identifier_pb2.IDENTIFIER_TYPE_DOMAIN, value=customer.email_domain
            )
        )
    return found


def _account_plan(plan: ConversionPlan, customer: DealCustomer) -> handover_pb2.AccountPlan:
    if plan.account_id:
        return handover_pb2.AccountPlan(id=plan.account_id)
    office = account_pb2.Address(
        purpose=account_pb2.ADDRESS_PURPOSE_OFFICE, country=customer.country
    )
    return handover_pb2.AccountPlan(
        name=customer.name, identifiers=_identifiers(customer), addresses=[office]
    )


def _contact_plan(deal: Deal) -> handover_pb2.ContactPlan | None:
    contact = deal.contact
    if contact is None:
        return None
    ways = {
        identifier_pb2.IDENTIFIER_TYPE_EMAIL: contact.email,
        identifier_pb2.IDENTIFIER_TYPE_PHONE: contact.phone,
    }
    return handover_pb2.ContactPlan(
        given_name=contact.given_name,
        family_name=contact.family_name,
        identifiers=[
            identifier_pb2.Identifier(type=kind, value=value)
            for kind, value in ways.items()
            if value
        ],
    )


def _opportunity_plan(
    plan: ConversionPlan, customer: DealCustomer, deal: Deal
) -> handover_pb2.OpportunityPlan:
    amount = deal.expected_amount
    return handover_pb2.OpportunityPlan(
        name=f"{customer.name}: {deal.product_line}"[:200],
        amount=None if amount is None else to_proto(amount, money_pb2.Money),
        pipeline_id=plan.pipeline_id,
        product_line=deal.product_line,
        expected_close_date=deal.expected_close_date,
        refuse_if_open_deal=True,
    )
