"""What opportunities, quotes and orders say of the customer: account, contact and opportunity fit together."""

from __future__ import annotations

from chassis.app import Transaction
from chassis.errors import Invalid, NotFound
from services.sales.accounts import store as accounts
from services.sales.contacts import store as contacts
from services.sales.opportunities import store as opportunities


def check_customer(
    tx: Transaction, resource: str, account_id: str, contact_id: str, opportunity_id: str
) -> None:
    """Whether business can be done with this account; resource is what the request calls the record.

    The account stays there until the transaction ends. Contact and opportunity may be empty.
    Invalid(ACCOUNT_NOT_FOUND, CONTACT_NOT_FOUND, CONTACT_ELSEWHERE, OPPORTUNITY_NOT_FOUND,
    OPPORTUNITY_ELSEWHERE); Refused(ACCOUNT_INACTIVE).
    """
    check_account(tx, resource, account_id)
    check_contact(tx, resource, account_id, contact_id)
    _check_opportunity(tx, resource, account_id, opportunity_id)


def check_account(tx: Transaction, resource: str, account_id: str) -> None:
    """Invalid(ACCOUNT_NOT_FOUND); Refused(ACCOUNT_INACTIVE). The account stays there meanwhile."""
    accounts.hold(tx, [account_id])
    found = accounts.find(tx, [account_id])
    if not found:
        raise Invalid("ACCOUNT_NOT_FOUND", field=f"{resource}.account_id")
    found[0].require_active()


def check_contact(tx: Transaction, resource: str, account_id: str, contact_id: str) -> None:
    """Invalid(CONTACT_NOT_FOUND); Invalid(CONTACT_ELSEWHERE) without a role at the account.

    The contact, if there is one, stays there until the transaction ends.
    """
    if not contact_id:
        return
    contacts.hold(tx, contact_id)
    found = contacts.find(tx, [contact_id])
    if not found:
        raise Invalid("CONTACT_NOT_FOUND", field=f"{resource}.contact_id")
    if not found[0].belongs_to(account_id):
        raise Invalid("CONTACT_ELSEWHERE", field=f"{resource}.contact_id")


def _check_opportunity(
    tx: Transaction, resource: str, account_id: str, opportunity_id: str
) -> None:
    if not opportunity_id:
        return
    field = f"{resource}.opportunity_id"
    try:
        opportunity = opportunities.get(tx.seeing("sales.opportunities.read"), opportunity_id)
    except NotFound:
        raise Invalid("OPPORTUNITY_NOT_FOUND", field=field) from None
    if opportunity.account_id != account_id:
        raise Invalid("OPPORTUNITY_ELSEWHERE", field=field)
