"""Accounts in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, text_type
from chassis.extensions import values
from chassis.extensions.tables import extensions_column
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.sales.accounts.domain import Account
from services.sales.identifiers import store as identifiers
from services.sales.identifiers.domain import NAME_KEY_LENGTH, Identifier
from services.sales.tables import metadata

#: What requests and declarations of extension fields call an account.
RESOURCE = "account"
#: What accounts are called in the index of identifiers.
KIND = "account"
#: How many levels of parents there may be.
DEEPEST = 50
#: How many possible duplicates are looked at.
MOST_MATCHES = 200

accounts = tables.record_table(
    "accounts",
    metadata,
    sa.Column("name", text_type(200), nullable=False),
    sa.Column("kind", Id, nullable=False, info={"enum_prefix": "ACCOUNT_KIND_"}),
    sa.Column("identifiers", Json, nullable=False),
    sa.Column("addresses", Json, nullable=False),
    sa.Column("industry", Id, nullable=False),
    sa.Column("parent_account_id", Id, nullable=False),
    sa.Column("partner_id", Id, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "ACCOUNT_STATE_"}),
    *tables.ownership(),
    sa.Column("possible_duplicate", sa.Boolean, nullable=False),
    sa.Column("name_key", text_type(NAME_KEY_LENGTH), nullable=False),
    extensions_column(),
    sa.Index("ix_accounts_create_time", "create_time", "id"),
    sa.Index("ix_accounts_name", "name", "id"),
    sa.Index("ix_accounts_name_key", "name_key"),
    sa.Index("ix_accounts_owner_id", "owner_id", "create_time"),
    sa.Index("ix_accounts_parent_account_id", "parent_account_id"),
    sa.Index("ix_accounts_partner_id", "partner_id", "create_time"),
)

# A customer's user sees the account that they belong to.
accounts.info["account_id"] = "id"

LISTING = Listing(
    accounts,
    fields=(
        "name",
        "kind",
        "industry",
        "parent_account_id",
        "partner_id",
        "state",
        "owner_id",
        "team_id",
        "business_unit_id",
        "possible_duplicate",
        "create_time",
        "update_time",
    ),
    default_order="create_time desc",
    extensions=RESOURCE,
)


def get(tx: Transaction, account_id: str, etag: str = "") -> Account:
    """An account that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, accounts, Account, account_id, etag=etag)


def find(tx: Transaction, account_ids: Iterable[str]) -> list[Account]:
    """Those of these accounts that exist and that the caller may read, the oldest first."""
    readable = tables.visible(tx.seeing("sales.accounts.read"), accounts)
    rows = tx.execute(
        sa.select(accounts)
        .where(accounts.c.id.in_(list(account_ids)), readable)
        .order_by(accounts.c.create_time, accounts.c.id)
    )
    return [from_row(Account, row) for row in rows]


def hold(tx: Transaction, account_ids: Iterable[str]) -> None:
    """Keep others from deleting or holding these accounts until this transaction ends.

    Taken before contacts are held, and in the order of the ids, so that two transactions never
    wait for each other.
    """
    tx.execute(
        sa.select(accounts.c.id)
        .where(accounts.c.id.in_(sorted(set(account_ids))))
        .order_by(accounts.c.id)
        .with_for_update()
    )


def require_active(tx: Transaction, account_id: str) -> None:
    """Whether new business may be done with an account, whoever may see it.

    Errors: NOT_FOUND; Refused(ACCOUNT_INACTIVE).
    """
    row = tx.execute(sa.select(accounts).where(accounts.c.id == account_id)).one_or_none()
    if row is None:
        raise tables.not_found(accounts, account_id)
    from_row(Account, row).require_active()


def add(tx: Transaction, account: Account) -> None:
    """Write a new account, flagged if it looks like another. Errors: IDENTIFIER_TAKEN."""
    identifiers.replace(tx, KIND, account.id, account.identifiers)
    account.possible_duplicate = bool(duplicates(tx, account))
    tables.insert(tx, accounts, account)


def save(tx: Transaction, account: Account) -> None:
    """Write a changed account and flag it anew. Errors: CONCURRENT_CHANGE, IDENTIFIER_TAKEN."""
    identifiers.replace(tx, KIND, account.id, account.identifiers)
    account.possible_duplicate = bool(duplicates(tx, account))
    tables.update(tx, accounts, account)


def remove(tx: Transaction, account: Account) -> None:
    """Delete an account. Errors: CONCURRENT_CHANGE."""
    identifiers.remove(tx, account.id)
    values.forget(tx, account)
    tables.delete(tx, accounts, account)


def ancestors(tx: Transaction, account_id: str) -> list[str]:
    """An account and all accounts above it, from below; at most DEEPEST."""
    chain: list[str] = []
    above: str | None = account_id
    while above and len(chain) < DEEPEST:
        chain.append(above)
        statement = sa.select(accounts.c.parent_account_id).where(accounts.c.id == above)
        above = tx.execute(statement).scalar_one_or_none()
    return chain


def holders(tx: Transaction, identifier: Identifier) -> list[str]:
    """The accounts with this (normalised) identifier, whoever may see them."""
    return [holder_id for holder_id, _ in identifiers.holders(tx, KIND, [identifier])]


def duplicates(tx: Transaction, account: Account) -> dict[str, list[str]]:
    """The other accounts with the same name or a same identifier, and what is the same."""
    found = _same_identifiers(tx, account.identifiers)
    for account_id in _same_name(tx, account.name_key):
        found.setdefault(account_id, []).append("name")
    found.pop(account.id, None)
    return found


def of_customer(
    tx: Transaction, wanted: Sequence[Identifier], name_key: str
) -> dict[str, list[str]]:
    """The accounts that may be this customer, and what is the same: identifiers, company domain or name."""
    found = _same_identifiers(tx, wanted)
    domains = {each.company_domain for each in wanted} - {""}
    for account_id in identifiers.holders_of_domains(tx, KIND, domains) if domains else ():
        if "domain" not in found.setdefault(account_id, []):
            found[account_id].append("domain")
    for account_id in _same_name(tx, name_key) if name_key else ():
        found.setdefault(account_id, []).append("name")
    return found


def _same_identifiers(tx: Transaction, wanted: Sequence[Identifier]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for account_id, identifier in identifiers.holders(tx, KIND, wanted):
        matched = found.setdefault(account_id, [])
        if identifier.type.value not in matched:
            matched.append(identifier.type.value)
    return found


def _same_name(tx: Transaction, name_key: str) -> list[str]:
    statement = (
        sa.select(accounts.c.id)
        .where(accounts.c.name_key == name_key)
        .order_by(accounts.c.id)
        .limit(MOST_MATCHES)
    )
    return list(tx.execute(statement).scalars())
