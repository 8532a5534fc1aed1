"""Which open opportunities stand in the way of a deal with a customer (PRM-4, ADR 0403)."""

from __future__ import annotations

from dataclasses import dataclass

from meridian.sales.v1 import opportunity_pb2, opportunity_service_pb2

from chassis.app import Transaction
from chassis.errors import Invalid
from chassis.records.decoding import from_proto
from chassis.records.encoding import to_proto
from services.sales.accounts import store as accounts
from services.sales.identifiers.domain import Identifier, name_key, normalise
from services.sales.opportunities import store
from services.sales.opportunities.domain import product_line_key


@dataclass(frozen=True)
class Customer:
    """What somebody knows of a customer, as it is compared."""

    identifiers: tuple[Identifier, ...]
    name_key: str


def customer_of(request: opportunity_service_pb2.FindOpenDealsRequest) -> Customer:
    """The customer that a request is about.

    Errors: those of identifiers; Invalid(CUSTOMER_REQUIRED) if it says nothing of the customer.
    """
    identifiers = tuple(
        normalise(Identifier(**from_proto(each, Identifier)), f"identifiers[{position}]")
        for position, each in enumerate(request.identifiers)
    )
    key = name_key(request.name)
    if not identifiers and not key:
        raise Invalid("CUSTOMER_REQUIRED", field="identifiers")
    return Customer(identifiers, key)


def find(tx: Transaction, customer: Customer, product_line: str) -> list[opportunity_pb2.OpenDeal]:
    """The open opportunities of every account that may be the customer, whoever may see them."""
    matches = accounts.of_customer(tx, customer.identifiers, customer.name_key)
    found = store.open_for(tx, matches, product_line_key(product_line))
    deals = []
    for opportunity in found:
        deal = to_proto(opportunity, opportunity_pb2.OpenDeal)
        deal.opportunity_id = opportunity.id
        deal.direct = not opportunity.partner_id
        deal.matched_on.extend(matches[opportunity.account_id])
        deals.append(deal)
    return deals
