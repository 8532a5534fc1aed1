"""Quotes and discount limits in the database."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, LongText, UtcDateTime, text_type
from chassis.grants import Visibility
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.sales.quotes.domain import DiscountLimit, Quote, QuoteState
from services.sales.tables import metadata

quotes = tables.record_table(
    "quotes",
    metadata,
    sa.Column("series_id", Id, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("name", text_type(200), nullable=False),
    sa.Column("account_id", Id, nullable=False),
    sa.Column("contact_id", Id, nullable=False),
    sa.Column("opportunity_id", Id, nullable=False),
    sa.Column("price_book_id", Id, nullable=False),
    sa.Column("channel", Id, nullable=False, info={"enum_prefix": "SALES_CHANNEL_"}),
    sa.Column("valid_until_date", Id, nullable=False),
    sa.Column("terms", LongText, nullable=False),
    sa.Column("lines", Json, nullable=False),
    sa.Column("discount_basis_points", sa.Integer, nullable=False),
    sa.Column("currency", Id, nullable=False),
    sa.Column("gross_minor", sa.BigInteger, nullable=False),
    sa.Column("gross_currency", Id, nullable=False),
    sa.Column("subtotal_minor", sa.BigInteger, nullable=False),
    sa.Column("subtotal_currency", Id, nullable=False),
    sa.Column("total_minor", sa.BigInteger, nullable=False),
    sa.Column("total_currency", Id, nullable=False),
    sa.Column("total_discount_basis_points", sa.Integer, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "QUOTE_STATE_"}),
    sa.Column("submitter_id", Id, nullable=False),
    sa.Column("approver_id", Id, nullable=False),
    sa.Column("rejection_note", LongText, nullable=False),
    sa.Column("send_time", UtcDateTime),
    sa.Column("answer_time", UtcDateTime),
    sa.Column("accepter_id", Id, nullable=False),
    sa.Column("acceptance_reference", text_type(200), nullable=False),
    sa.Column("decline_reason", Id, info={"enum_prefix": "QUOTE_DECLINE_REASON_"}),
    sa.Column("decline_note", LongText, nullable=False),
    sa.Column("superseded_by_id", Id, nullable=False),
    sa.Column("order_id", Id, nullable=False),
    *tables.ownership(),
    sa.Index("ix_quotes_create_time", "create_time", "id"),
    sa.Index("ix_quotes_owner_id", "owner_id", "create_time"),
    sa.Index("ix_quotes_account_id", "account_id", "create_time"),
    sa.Index("ix_quotes_opportunity_id", "opportunity_id", "create_time"),
    sa.Index("ix_quotes_series_id", "series_id", "revision"),
    sa.Index("ix_quotes_state", "state", "valid_until_date"),
)

discount_limits = tables.record_table(
    "discount_limits",
    metadata,
    sa.Column("limit_basis_points", sa.Integer, nullable=False),
)

LISTING = Listing(
    quotes,
    fields=(
        "series_id",
        "revision",
        "name",
        "account_id",
        "contact_id",
        "opportunity_id",
        "price_book_id",
        "channel",
        "valid_until_date",
        "currency",
        "total_minor",
        "total_discount_basis_points",
        "state",
        "submitter_id",
        "approver_id",
        "decline_reason",
        "order_id",
        "owner_id",
        "team_id",
        "business_unit_id",
        "create_time",
        "update_time",
    ),
    default_order="create_time desc",
)

LIMITS = Listing(
    discount_limits, fields=("id", "limit_basis_points", "update_time"), default_order="id"
)


def get(tx: Transaction, quote_id: str, etag: str = "") -> Quote:
    """A quote that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    if tx.call.visibility is Visibility.CUSTOMER and find(tx, quote_id) is None:
        raise tables.not_found(quotes, quote_id)
    return tables.fetch(tx, quotes, Quote, quote_id, etag=etag)


def received(tx: Transaction) -> sa.ColumnElement[bool]:
    """The quotes that were sent, for the customer's own users; all of them for everybody else."""
    if tx.call.visibility is Visibility.CUSTOMER:
        return quotes.c.send_time.is_not(None)
    return sa.true()


def find(tx: Transaction, quote_id: str) -> Quote | None:
    """A quote if it exists and the caller may see it."""
    statement = sa.select(quotes).where(
        quotes.c.id == quote_id, tables.visible(tx, quotes), received(tx)
    )
    row = tx.execute(statement).one_or_none()
    return None if row is None else from_row(Quote, row)


def add(tx: Transaction, quote: Quote) -> None:
    """Write a new quote."""
    tables.insert(tx, quotes, quote)


def save(tx: Transaction, quote: Quote) -> None:
    """Write a changed quote. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, quotes, quote)


def remove(tx: Transaction, quote: Quote) -> None:
    """Delete a quote. Errors: CONCURRENT_CHANGE."""
    tables.delete(tx, quotes, quote)


def overdue(tx: Transaction, today: str, limit: int) -> list[str]:
    """The ids of some sent quotes whose last day was before today, the longest overdue first."""
    return list(
        tx.execute(
            sa.select(quotes.c.id)
            .where(quotes.c.state == QuoteState.SENT, quotes.c.valid_until_date < today)
            .order_by(quotes.c.valid_until_date, quotes.c.id)
            .limit(limit)
        ).scalars()
    )


def limits(tx: Transaction, roles: Iterable[str]) -> dict[str, int]:
    """The discount limits of these roles, in basis points, of those that have one."""
    rows = tx.execute(sa.select(discount_limits).where(discount_limits.c.id.in_(list(roles))))
    return {row.id: row.limit_basis_points for row in rows}


def get_limit(tx: Transaction, role: str, etag: str = "") -> DiscountLimit | None:
    """The discount limit of a role, if it has one. Errors: STALE_ETAG."""
    if not limits(tx, [role]):
        return None
    return tables.fetch(tx, discount_limits, DiscountLimit, role, etag=etag)


def put_limit(tx: Transaction, limit: DiscountLimit) -> None:
    """Write a limit, new (version 0) or changed. Errors: CONCURRENT_CHANGE."""
    if limit.version:
        tables.update(tx, discount_limits, limit)
    else:
        tables.insert(tx, discount_limits, limit)
