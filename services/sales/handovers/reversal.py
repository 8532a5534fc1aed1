"""Undoing a handover: what happened since to what it created, and removing that."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.app import Transaction
from services.sales import uses
from services.sales.accounts import store as accounts
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
    found: list[str] = []
    if handover.account_created:
        found += _changes(tx, accounts.accounts, handover.account_id)
        found += _beyond(uses.of_account(tx, handover.account_id), _own_uses(handover))
    if handover.contact_created:
        found += _changes(tx, contacts.contacts, handover.contact_id)
        own = {"opportunities": int(handover.opportunity_created)}
        found += _beyond(uses.of_contact(tx, handover.contact_id), own)
    if handover.opportunity_created:
        found += _changes(tx, opportunities.opportunities, handover.opportunity_id)
        found += _beyond(uses.of_opportunity(tx, handover.opportunity_id), {})
    return sorted(set(found))


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


def _own_uses(handover: Handover) -> uses.Uses:
    """How much of what hangs on the account the handover itself has put there."""
    return {
        "contacts": int(bool(handover.contact_id)),
        "opportunities": int(handover.opportunity_created),
    }


def _beyond(found: uses.Uses, own: uses.Uses) -> list[str]:
    return [kind for kind, count in found.items() if count > own.get(kind, 0)]


def _changes(tx: Transaction, table: sa.Table, record_id: str) -> list[str]:
    """Whether a record was changed or deleted since it was created, and what is said about it."""
    version = tx.execute(sa.select(table.c.version).where(table.c.id == record_id)).scalar()
    changed = [] if version == UNTOUCHED else [f"{table.name} changed"]
    return [*changed, *uses.activities_about(tx, record_id)]
