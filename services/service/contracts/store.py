"""Service contracts in the database."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id
from chassis.errors import AlreadyExists
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.service.contracts.domain import Contract
from services.service.tables import metadata

contracts = tables.record_table(
    "contracts",
    metadata,
    sa.Column("number", Id, nullable=False, unique=True),
    sa.Column("account_id", Id, nullable=False),
    sa.Column("sla_policy_id", Id, sa.ForeignKey("sla_policies.id"), nullable=False),
    sa.Column("start_date", Id, nullable=False),
    sa.Column("end_date", Id, nullable=False),
    sa.Index("ix_contracts_account_id", "account_id", "end_date"),
    sa.Index("ix_contracts_end_date", "end_date", "id"),
    sa.Index("ix_contracts_sla_policy_id", "sla_policy_id"),
)

LISTING = Listing(
    contracts,
    fields=(
        "number",
        "account_id",
        "sla_policy_id",
        "start_date",
        "end_date",
        "create_time",
        "update_time",
    ),
    default_order="end_date desc",
)


def get(tx: Transaction, contract_id: str, etag: str = "") -> Contract:
    """A contract that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, contracts, Contract, contract_id, etag=etag)


def of_account(tx: Transaction, account_id: str, on_date: str) -> list[Contract]:
    """The contracts of an account whose term is not over on this day."""
    rows = tx.execute(
        sa.select(contracts).where(
            contracts.c.account_id == account_id, contracts.c.end_date >= on_date
        )
    )
    return [from_row(Contract, row) for row in rows]


def add(tx: Transaction, contract: Contract) -> None:
    """Write a new contract. Errors: CONTRACT_NUMBER_TAKEN."""
    try:
        tables.insert(tx, contracts, contract)
    except sa.exc.IntegrityError:
        raise AlreadyExists("CONTRACT_NUMBER_TAKEN", number=contract.number) from None


def save(tx: Transaction, contract: Contract) -> None:
    """Write a changed contract. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, contracts, contract)
