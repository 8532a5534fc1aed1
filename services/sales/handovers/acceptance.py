"""Taking over a lead or a deal: link or create its account, contact and opportunity (ADR 0404)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from meridian.sales.v1 import handover_pb2

from chassis import tables
from chassis.app import Transaction
from chassis.errors import Invalid, Refused
from chassis.extensions import values
from chassis.records.decoding import from_proto
from services.sales.accounts import store as accounts
from services.sales.accounts.domain import Account
from services.sales.contacts import store as contacts
from services.sales.contacts.domain import Contact, ContactRole
from services.sales.handovers import store
from services.sales.handovers.domain import Handover
from services.sales.identifiers.domain import normalise_all
from services.sales.opportunities import entry
from services.sales.opportunities import store as opportunities
from services.sales.opportunities.domain import Opportunity, product_line_key

_Extensions = Mapping[str, Any]


@dataclass(frozen=True)
class _Lead:
    """What a plan says of the lead itself."""

    extensions: dict[str, Any]


def accept(tx: Transaction, plan: handover_pb2.Handover) -> Handover:
    """Carry out a handover's plan in this transaction and announce it.

    Raises store.SourceTakenOver if the source has a handover already. Errors: those of entering an
    account, a contact and an opportunity; Refused(OPEN_DEAL_EXISTS).
    """
    handover = Handover(id=tx.new_id("handover"), **from_proto(plan, Handover))
    tables.own(tx, handover)
    store.claim(tx, handover)
    brought = from_proto(plan, _Lead)["extensions"]
    with _fields_of_the_plan():
        _settle_account(tx, handover, plan.account, brought)
        if plan.HasField("contact"):
            _settle_contact(tx, handover, plan.contact, brought)
        if plan.HasField("opportunity"):
            _enter_opportunity(tx, handover, plan.opportunity, brought)
    store.complete(tx, handover)
    tx.announce(handover.accept())
    return handover


@contextmanager
def _fields_of_the_plan() -> Iterator[None]:
    """Name wrong fields by their place in the plan: "contact.language" is its "handover.contact.language"."""
    try:
        yield
    except Invalid as invalid:
        invalid.violations = [
            replace(violation, field=f"handover.{violation.field}")
            for violation in invalid.violations
        ]
        raise


def _settle_account(
    tx: Transaction, handover: Handover, plan: handover_pb2.AccountPlan, brought: _Extensions
) -> None:
    handover.account_id = _linked(tx, plan.id) if plan.id else _holder_of_unique(tx, plan)
    if handover.account_id:
        accounts.hold(tx, [handover.account_id])
        accounts.require_active(tx, handover.account_id)
        return
    account = Account(id=tx.new_id("account"), **from_proto(plan, Account), **_ownership(handover))
    account.partner_id = handover.partner_id
    created = account.enter()
    values.carry(tx, "lead", brought, accounts.RESOURCE, account)
    accounts.add(tx, account)
    tx.announce(created)
    handover.account_id, handover.account_created = account.id, True


def _linked(tx: Transaction, account_id: str) -> str:
    if not accounts.find(tx, [account_id]):
        raise Invalid("ACCOUNT_NOT_FOUND", field="account.id")
    return account_id


def _holder_of_unique(tx: Transaction, plan: handover_pb2.AccountPlan) -> str:
    """The account that already has one of the plan's unique identifiers, whoever may see it."""
    planned = from_proto(plan, Account)["identifiers"]
    for identifier in normalise_all(planned, "account.identifiers"):
        for holder_id in accounts.holders(tx, identifier) if identifier.unique else ():
            return holder_id
    return ""


def _settle_contact(
    tx: Transaction, handover: Handover, plan: handover_pb2.ContactPlan, brought: _Extensions
) -> None:
    if plan.id:
        _link_contact(tx, handover, plan.id)
        return
    contact = Contact(id=tx.new_id("contact"), **from_proto(plan, Contact), **_ownership(handover))
    contact.partner_id = handover.partner_id
    contact.roles = (ContactRole(handover.account_id),)
    created = contact.enter()
    values.carry(tx, "lead", brought, contacts.RESOURCE, contact)
    contacts.add(tx, contact)
    tx.announce(created)
    handover.contact_id, handover.contact_created = contact.id, True


def _link_contact(tx: Transaction, handover: Handover, contact_id: str) -> None:
    contacts.hold(tx, contact_id)
    found = contacts.find(tx, [contact_id])
    if not found:
        raise Invalid("CONTACT_NOT_FOUND", field="contact.id")
    contact = found[0]
    handover.contact_id, handover.contact_joined = contact.id, contact.join(handover.account_id)
    if handover.contact_joined:
        contacts.save(tx, contact)


def _enter_opportunity(
    tx: Transaction, handover: Handover, plan: handover_pb2.OpportunityPlan, brought: _Extensions
) -> None:
    opportunity = Opportunity(
        id=tx.new_id("opp"),
        **from_proto(plan, Opportunity),
        account_id=handover.account_id,
        contact_id=handover.contact_id,
        campaign_id=handover.campaign_id,
        lead_id=handover.lead_id,
        partner_id=handover.partner_id,
        deal_id=handover.deal_id,
        **_ownership(handover),
    )
    if plan.refuse_if_open_deal:
        _refuse_open_deals(tx, opportunity)
    values.carry(tx, "lead", brought, opportunities.RESOURCE, opportunity)
    entry.enter(tx, opportunity)
    handover.opportunity_id, handover.opportunity_created = opportunity.id, True


def _refuse_open_deals(tx: Transaction, opportunity: Opportunity) -> None:
    key = product_line_key(opportunity.product_line)
    open_ones = opportunities.open_for(tx, [opportunity.account_id], key)
    if open_ones:
        raise Refused("OPEN_DEAL_EXISTS", opportunities=", ".join(each.id for each in open_ones))


def _ownership(handover: Handover) -> dict[str, Any]:
    names = ("owner_id", "team_id", "business_unit_id")
    return {name: getattr(handover, name) for name in names}
