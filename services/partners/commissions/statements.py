"""Statements: the ledger summed by partner, month and currency, whenever somebody asks."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.listing import Listing, ListRequest, Page
from chassis.money import Money
from chassis.tables import visible
from services.partners.commissions.domain import CommissionState, CommissionStatement
from services.partners.commissions.store import commission_entries


def page(tx: Transaction, request: ListRequest) -> Page:
    """One page of statements over the entries that the caller may see.

    Errors: Invalid with FILTER_…, ORDER_FIELD_UNKNOWN or PAGE_TOKEN_INVALID.
    """
    listing = Listing(
        _statements(tx), fields=("partner_id", "period", "currency"), default_order="period desc"
    )
    return listing.page(tx, request)


def statement_of(row: sa.Row[Any]) -> CommissionStatement:
    """The statement in a row of a page."""
    return CommissionStatement(
        partner_id=row.partner_id,
        period=row.period,
        accrued=Money(row.accrued, row.currency),
        approved=Money(row.approved, row.currency),
        paid=Money(row.paid, row.currency),
        reversed=Money(row.reversed, row.currency),
        entry_count=row.entry_count,
    )


def _statements(tx: Transaction) -> sa.Subquery:
    entry = commission_entries.c
    parts = (entry.partner_id, entry.period, entry.amount_currency)
    return (
        sa.select(
            (entry.partner_id + "/" + entry.period + "/" + entry.amount_currency).label("id"),
            entry.partner_id,
            entry.period,
            entry.amount_currency.label("currency"),
            *[_total(kind).label(kind) for kind in CommissionState],
            sa.func.count().label("entry_count"),
        )
        .where(visible(tx, commission_entries))
        .group_by(*parts)
        .subquery("statements")
    )


def _total(kind: CommissionState) -> sa.ColumnElement[int]:
    amount = sa.case(
        (commission_entries.c.kind == kind, commission_entries.c.amount_minor), else_=0
    )
    return sa.cast(sa.func.sum(amount), sa.BigInteger)
