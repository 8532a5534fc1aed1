"""Customer moves in the database: one row for each, of which one at most is open for each customer."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, UtcDateTime, text_type
from chassis.errors import Aborted, AlreadyExists
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.directory.customer_moves.domain import CustomerMove
from services.directory.tables import metadata

_Reason = text_type(1000)

customer_moves = tables.record_table(
    "customer_moves",
    metadata,
    sa.Column("account_id", Id, nullable=False),
    sa.Column("from_region", Id, nullable=False),
    sa.Column("to_region", Id, nullable=False),
    sa.Column("owner_id", Id, nullable=False),
    sa.Column("team_id", Id, nullable=False),
    sa.Column("business_unit_id", Id, nullable=False),
    sa.Column("reason", _Reason, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "CUSTOMER_MOVE_STATE_"}),
    sa.Column("parts", Json, nullable=False),
    sa.Column("departures", Json, nullable=False),
    sa.Column("failure", Json),
    sa.Column("requested_by_id", Id, nullable=False),
    sa.Column("cancelled_by_id", Id, nullable=False),
    sa.Column("cancel_reason", _Reason, nullable=False),
    sa.Column("answer_time", UtcDateTime),
    sa.Column("depart_time", UtcDateTime),
    sa.Column("close_time", UtcDateTime),
    sa.Column("open_account_id", Id),
    sa.Column("waiting_since_time", UtcDateTime),
    sa.UniqueConstraint("open_account_id", name="uq_customer_moves_open_account_id"),
    sa.Index("ix_customer_moves_create_time", "create_time", "id"),
    sa.Index("ix_customer_moves_account_id", "account_id", "create_time"),
    sa.Index("ix_customer_moves_state", "state", "create_time"),
    sa.Index("ix_customer_moves_waiting_since_time", "waiting_since_time"),
)

LISTING = Listing(
    customer_moves,
    fields=("state", "account_id", "to_region", "requested_by_id", "create_time"),
    default_order="create_time desc",
)


def get(tx: Transaction, move_id: str) -> CustomerMove:
    """A move that the caller may see. Errors: NOT_FOUND."""
    return tables.fetch(tx, customer_moves, CustomerMove, move_id)


def lock(tx: Transaction, move_id: str) -> CustomerMove | None:
    """A move, whoever calls, whose row nobody else changes until the transaction ends."""
    statement = sa.select(customer_moves).where(customer_moves.c.id == move_id)
    row = tx.execute(statement.with_for_update()).one_or_none()
    if row is None:
        return None
    move: CustomerMove = from_row(CustomerMove, row)
    return move


def get_locked(tx: Transaction, move_id: str, etag: str) -> CustomerMove:
    """A move that the caller may see and wants to change, locked. Errors: NOT_FOUND, STALE_ETAG."""
    lock(tx, move_id)
    return tables.fetch(tx, customer_moves, CustomerMove, move_id, etag=etag)


def add(tx: Transaction, move: CustomerMove) -> None:
    """Write a new move. Errors: CUSTOMER_MOVE_OPEN, which names the move that is under way.

    Waits for a transaction that is about to begin a move of the same customer.
    """
    try:
        with tx.connection.begin_nested():
            tables.insert(tx, customer_moves, move)
    except sa.exc.IntegrityError:
        under_way = _open_move_of(tx, move.account_id)
        if under_way is None:
            raise Aborted("CONCURRENT_CHANGE") from None
        raise AlreadyExists("CUSTOMER_MOVE_OPEN", id=under_way) from None


def save(tx: Transaction, move: CustomerMove) -> None:
    """Write a changed move. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, customer_moves, move)


def _open_move_of(tx: Transaction, account_id: str) -> str | None:
    query = sa.select(customer_moves.c.id).where(customer_moves.c.open_account_id == account_id)
    return tx.execute(query).scalar_one_or_none()
