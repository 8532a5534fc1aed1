"""Undoing a handover: what happened since to what it created, and removing that."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from chassis.app import Transaction
from services.sales.accounts import store as accounts
from services.sales.activities import store as activities
from services.sales.contacts import store as contacts
from services.sales.handovers.domain import Handover, HandoverState
from services.sales.opportunities import store as opportunities

#: The version of a record that nobody has changed since it was created.
UNTOUCHED = 1


def happened(tx: Transaction, handover: Handover) -> list[str]:
    """What happened since to the records that an accepted handover created; they are held meanwhile."""
    if handover.state is HandoverState.REVERTED:
        return []
    accounts.hold(tx, [handover.account_id])
    contacts.hold(tx, handover.contact_id)
    return [
        *_to_account(tx, handover),
        *_to_contact(tx, handover),
        *_to_opportunity(tx, handover),
        *_about(tx, handover),
    ]


def remove(tx: Transaction, handover: Handover) -> None:
    """Remove what a handover created, and take back the role that it gave."""
    if handover.opportunity_created:
        opportunities.remove(tx, opportunities.get(tx, handover.opportunity_id))
    if handover.contact_created:
        contacts.remove(tx, contacts.get(tx, handover.contact_id))
    if handover.contact_joined:
        contact = contacts.get(tx, handover.contact_id)
        contact.leave(handover.account_id)
        contacts.save(tx, contact)
    if handover.account_created:
        accounts.remove(tx, accounts.get(tx, handover.account_id))


def _to_account(tx: Transaction, handover: Handover) -> Iterator[str]:
    account_id = handover.account_id
    if not handover.account_created:
        return
    if _is_changed(tx, accounts.accounts, account_id):
        yield "account_changed"
    if contacts.count_at_account(tx, account_id) > bool(handover.contact_id):
        yield "contacts"
    if opportunities.count_of_account(tx, account_id) > handover.opportunity_created:
        yield "opportunities"
    if accounts.count_parts(tx, account_id):
        yield "parts"


def _to_contact(tx: Transaction, handover: Handover) -> Iterator[str]:
    if not handover.contact_created:
        return
    if _is_changed(tx, contacts.contacts, handover.contact_id):
        yield "contact_changed"
    if opportunities.count_of_contact(tx, handover.contact_id) > handover.opportunity_created:
        yield "contact_opportunities"


def _to_opportunity(tx: Transaction, handover: Handover) -> Iterator[str]:
    if not handover.opportunity_created:
        return
    if _is_changed(tx, opportunities.opportunities, handover.opportunity_id):
        yield "opportunity_changed"


def _about(tx: Transaction, handover: Handover) -> Iterator[str]:
    created = {
        handover.account_id: handover.account_created,
        handover.contact_id: handover.contact_created,
        handover.opportunity_id: handover.opportunity_created,
    }
    if activities.count_about(tx, [record_id for record_id, new in created.items() if new]):
        yield "activities"


def _is_changed(tx: Transaction, table: sa.Table, record_id: str) -> bool:
    """Whether a record that was created has been changed or deleted since, whoever may see it."""
    statement = sa.select(table.c.version).where(table.c.id == record_id)
    return bool(tx.execute(statement).scalar_one_or_none() != UNTOUCHED)
