"""After the keys of the hashes have changed: every customer is announced anew, some at a time (PLT-4).

Each batch is a transaction of its own, and what is left is found by what was announced, so that it goes on
wherever it was stopped.
"""

from __future__ import annotations

import sqlalchemy as sa

from chassis import match_keys
from chassis.app import App, Transaction
from chassis.match_keys import MatchKeys
from chassis.records.rows import from_json
from services.sales.accounts import store as accounts
from services.sales.contacts import store as contacts
from services.sales.identifiers import announcing
from services.sales.identifiers.domain import Identifier
from services.sales.identifiers.matching import Identification

#: How many customers are announced in one transaction, and how many batches in one run.
BATCH, BATCHES = 100, 20

_TABLES = {accounts.KIND: accounts.accounts, contacts.KIND: contacts.contacts}


def announce_anew(app: App) -> None:
    """Announce customers whose hashes were made under other keys than those of now."""
    keys = match_keys.read(app.settings.regions.match_keys_file)
    for _ in range(BATCHES if keys.ids else 0):
        with app.transaction() as tx:
            announced = announce_batch(tx, keys)
        if announced < BATCH:
            return


def announce_batch(tx: Transaction, keys: MatchKeys) -> int:
    """Announce some customers whose hashes were made under other keys; how many these are."""
    due = announcing.claim_under_other_keys(tx, keys, BATCH)
    for each in due:
        announcing.announce(tx, each.customer_type, each.customer_id, _identifiers(tx, each))
    return len(due)


def _identifiers(tx: Transaction, customer: Identification) -> tuple[Identifier, ...]:
    table = _TABLES[customer.customer_type]
    statement = sa.select(table.c.identifiers).where(table.c.id == customer.customer_id)
    stored = tx.execute(statement).scalar_one_or_none()
    identifiers: tuple[Identifier, ...] = from_json(tuple[Identifier, ...], stored)
    return identifiers
