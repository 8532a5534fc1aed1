"""Imports, the pieces of their files, and the rows that failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from chassis import tables
from chassis.app import App, Transaction
from chassis.database import Bytes, Id, Json, UtcDateTime, text_type
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.marketing.lead_imports.domain import OPEN, LeadImport, LeadImportState
from services.marketing.tables import metadata

lead_imports = tables.record_table(
    "lead_imports",
    metadata,
    sa.Column("source", Id, nullable=False),
    sa.Column("campaign_id", Id, nullable=False),
    sa.Column("file_name", text_type(200), nullable=False),
    sa.Column("default_country", Id, nullable=False),
    sa.Column("mapping", Json, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "LEAD_IMPORT_STATE_"}),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("digest", Id, nullable=False),
    sa.Column("ignored_columns", Json, nullable=False),
    sa.Column("rows_total", sa.BigInteger, nullable=False),
    sa.Column("rows_done", sa.BigInteger, nullable=False),
    sa.Column("rows_created", sa.BigInteger, nullable=False),
    sa.Column("rows_skipped", sa.BigInteger, nullable=False),
    sa.Column("rows_failed", sa.BigInteger, nullable=False),
    sa.Column("duplicates_flagged", sa.BigInteger, nullable=False),
    *tables.ownership(),
    sa.Column("finish_time", UtcDateTime),
    sa.Column("lease_time", UtcDateTime),
    sa.Index("ix_lead_imports_create_time", "create_time", "id"),
    sa.Index("ix_lead_imports_state", "state", "create_time"),
    sa.Index("ix_lead_imports_digest", "digest"),
)

pieces = sa.Table(
    "lead_import_pieces",
    metadata,
    sa.Column(
        "import_id", Id, sa.ForeignKey("lead_imports.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("content", Bytes, nullable=False),
)

errors = sa.Table(
    "lead_import_errors",
    metadata,
    sa.Column(
        "import_id", Id, sa.ForeignKey("lead_imports.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("row_number", sa.Integer, primary_key=True),
    sa.Column("field", Id, primary_key=True),
    sa.Column("reason", Id, nullable=False),
    sa.Column("params", Json, nullable=False),
    sa.Column("cells", Json, nullable=False),
)

LISTING = Listing(
    lead_imports,
    fields=("state", "source", "campaign_id", "owner_id", "file_name", "create_time"),
    default_order="create_time desc",
)
_READ_AT_ONCE = 1000


@dataclass(frozen=True)
class RowError:
    """A field of a row that cannot stay as it is. Rows count from 1 below the header."""

    row_number: int
    field: str
    reason: str
    params: dict[str, str]
    cells: list[str]


def get(tx: Transaction, import_id: str, etag: str = "") -> LeadImport:
    """An import that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, lead_imports, LeadImport, import_id, etag=etag)


def add(tx: Transaction, lead_import: LeadImport) -> None:
    """Write a new import."""
    tables.insert(tx, lead_imports, lead_import)


def save(tx: Transaction, lead_import: LeadImport) -> None:
    """Write a changed import. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, lead_imports, lead_import)


def remove(tx: Transaction, lead_import: LeadImport) -> None:
    """Delete an import with its file."""
    tables.delete(tx, lead_imports, lead_import)


def same_file(tx: Transaction, lead_import: LeadImport) -> LeadImport | None:
    """An import of the same file for the same source and campaign that was not cancelled."""
    statement = sa.select(lead_imports).where(
        lead_imports.c.digest == lead_import.digest,
        lead_imports.c.source == lead_import.source,
        lead_imports.c.campaign_id == lead_import.campaign_id,
        lead_imports.c.state != LeadImportState.CANCELLED,
        lead_imports.c.id != lead_import.id,
        tables.visible(tx, lead_imports),
    )
    row = tx.execute(statement.order_by(lead_imports.c.create_time).limit(1)).one_or_none()
    return None if row is None else from_row(LeadImport, row)


def next_open(tx: Transaction) -> LeadImport | None:
    """The oldest import with work left that nobody works on."""
    free = sa.or_(lead_imports.c.lease_time.is_(None), lead_imports.c.lease_time < tx.now)
    statement = sa.select(lead_imports).where(lead_imports.c.state.in_(OPEN), free)
    row = tx.execute(statement.order_by(lead_imports.c.create_time).limit(1)).one_or_none()
    return None if row is None else from_row(LeadImport, row)


def add_piece(tx: Transaction, import_id: str, number: int, content: bytes) -> None:
    """Keep a piece of an import's file."""
    tx.execute(sa.insert(pieces).values(import_id=import_id, number=number, content=content))


def file_of(app: App, import_id: str) -> Iterator[bytes]:
    """The pieces of an import's file, read one at a time."""
    number = 0
    while True:
        wanted = sa.select(pieces.c.content).where(
            pieces.c.import_id == import_id, pieces.c.number == number
        )
        with app.reading() as tx:
            content = tx.execute(wanted).scalar()
        if content is None:
            return
        yield bytes(content)
        number += 1


def drop_file(tx: Transaction, import_id: str) -> None:
    """The file is not needed any more."""
    tx.execute(sa.delete(pieces).where(pieces.c.import_id == import_id))


def add_errors(tx: Transaction, import_id: str, failed: Sequence[RowError]) -> None:
    """Keep what was wrong with rows."""
    if failed:
        tx.execute(sa.insert(errors), [{"import_id": import_id} | vars(each) for each in failed])


def errors_of(app: App, import_id: str) -> Iterator[sa.Row[Any]]:
    """What was wrong with an import's rows, in order, read some at a time."""
    after: tuple[int, str] = (0, "")
    while True:
        beyond = sa.or_(
            errors.c.row_number > after[0],
            sa.and_(errors.c.row_number == after[0], errors.c.field > after[1]),
        )
        statement = sa.select(errors).where(errors.c.import_id == import_id, beyond)
        statement = statement.order_by(errors.c.row_number, errors.c.field).limit(_READ_AT_ONCE)
        with app.reading() as tx:
            found = tx.execute(statement).all()
        yield from found
        if len(found) < _READ_AT_ONCE:
            return
        after = (found[-1].row_number, found[-1].field)


def forget_errors(tx: Transaction, ended_before: datetime) -> int:
    """Delete the failed rows of imports that were over before that time; how many rows that were."""
    over = sa.select(lead_imports.c.id).where(lead_imports.c.finish_time <= ended_before)
    return tx.execute(sa.delete(errors).where(errors.c.import_id.in_(over))).rowcount
