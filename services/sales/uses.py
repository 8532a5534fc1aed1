"""What refers to a customer record, whoever may see it: the reasons why it cannot go."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.app import Transaction
from services.sales.accounts.store import accounts
from services.sales.activities.store import activities
from services.sales.contacts.store import contact_roles
from services.sales.opportunities.store import opportunities
from services.sales.orders.store import orders
from services.sales.quotes.store import quotes

Uses = dict[str, int]
"""How many records of each kind refer to one; kinds without any are left out."""


def of_account(tx: Transaction, account_id: str) -> Uses:
    """What hangs on an account."""
    columns = {
        "contacts": contact_roles.c.account_id,
        "opportunities": opportunities.c.account_id,
        "parts": accounts.c.parent_account_id,
        "quotes": quotes.c.account_id,
        "orders": orders.c.account_id,
    }
    return _count(tx, columns, account_id)


def of_contact(tx: Transaction, contact_id: str) -> Uses:
    """What names a contact, its roles apart."""
    columns = {
        "opportunities": opportunities.c.contact_id,
        "quotes": quotes.c.contact_id,
        "orders": orders.c.contact_id,
    }
    return _count(tx, columns, contact_id)


def of_opportunity(tx: Transaction, opportunity_id: str) -> Uses:
    """What follows from an opportunity."""
    columns = {"quotes": quotes.c.opportunity_id, "orders": orders.c.opportunity_id}
    return _count(tx, columns, opportunity_id)


def activities_about(tx: Transaction, subject_id: str) -> Uses:
    """The activities about a record of any kind."""
    return _count(tx, {"activities": activities.c.subject_id}, subject_id)


def told(uses: Uses) -> str:
    """For people: "contacts: 2, orders: 1"; empty if nothing refers to it."""
    return ", ".join(f"{kind}: {count}" for kind, count in uses.items())


def _count(tx: Transaction, columns: dict[str, sa.Column[str]], record_id: str) -> Uses:
    counts = {
        kind: int(tx.execute(sa.select(sa.func.count()).where(column == record_id)).scalar_one())
        for kind, column in columns.items()
    }
    return {kind: count for kind, count in counts.items() if count}
