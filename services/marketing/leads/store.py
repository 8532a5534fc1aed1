"""Leads in the database."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from chassis import prepared, tables
from chassis.app import Transaction
from chassis.database import Id, LongText, UtcDateTime, text_type
from chassis.errors import AlreadyExists
from chassis.extensions import values
from chassis.extensions.tables import extensions_column
from chassis.listing import Listing
from chassis.prepared import Prepared
from services.marketing.leads import duplicates
from services.marketing.leads.domain import DuplicateMatch, Lead, LeadState
from services.marketing.tables import metadata
from services.marketing.touchpoints import store as touchpoints

#: What requests and declarations of extension fields call a lead.
RESOURCE = "lead"

leads = tables.record_table(
    "leads",
    metadata,
    sa.Column("given_name", text_type(100), nullable=False),
    sa.Column("family_name", text_type(100), nullable=False),
    sa.Column("company", text_type(200), nullable=False),
    sa.Column("email", text_type(254), nullable=False),
    sa.Column("phone", text_type(40), nullable=False),
    sa.Column("country", Id, nullable=False),
    sa.Column("city", text_type(100), nullable=False),
    sa.Column("postal_code", text_type(20), nullable=False),
    sa.Column("street", text_type(200), nullable=False),
    sa.Column("interest", LongText, nullable=False),
    sa.Column("source", Id, nullable=False),
    sa.Column("campaign_id", Id, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "LEAD_STATE_"}),
    *tables.ownership(),
    sa.Column("disqualify_reason", Id),
    sa.Column("disqualify_note", LongText, nullable=False),
    sa.Column("first_response_due_time", UtcDateTime),
    sa.Column("first_response_time", UtcDateTime),
    sa.Column("conversion_id", Id, nullable=False),
    sa.Column("partner_id", Id, nullable=False),
    sa.Column("birth_date", Id, nullable=False),
    sa.Column("source_reference", Id, nullable=False),
    sa.Column("source_key", text_type(130)),
    sa.Column("duplicate_match", Id, nullable=False, info={"enum_prefix": "DUPLICATE_MATCH_"}),
    extensions_column(),
    sa.UniqueConstraint("source_key", name="uq_leads_source_key"),
    sa.Index("ix_leads_create_time", "create_time", "id"),
    sa.Index("ix_leads_owner_id", "owner_id", "create_time"),
    sa.Index("ix_leads_campaign_id", "campaign_id", "create_time"),
)

lead_keys = sa.Table(
    "lead_keys",
    metadata,
    sa.Column("key", Id, primary_key=True),
    sa.Column("lead_id", Id, sa.ForeignKey("leads.id", ondelete="CASCADE"), primary_key=True),
    sa.Index("ix_lead_keys_lead_id", "lead_id"),
)

_KEYS_AT_ONCE = 100
_MOST_SHOWN = 100

LISTING = Listing(
    leads,
    fields=(
        "state",
        "source",
        "campaign_id",
        "owner_id",
        "partner_id",
        "duplicate_match",
        "source_reference",
        "country",
        "company",
        "email",
        "create_time",
        "update_time",
    ),
    default_order="create_time desc",
    extensions=RESOURCE,
)


def get(tx: Transaction, lead_id: str, etag: str = "") -> Lead:
    """A lead that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, leads, Lead, lead_id, etag=etag)


def look_up(tx: Transaction, lead_id: str) -> Any:
    """The row of a lead that the caller may see. Errors: NOT_FOUND."""
    return tables.look_up(tx, leads, lead_id)


def add(tx: Transaction, lead: Lead) -> None:
    """Write a new lead, flagged if it looks like another. Errors: LEAD_KNOWN."""
    if known(tx, [lead]):
        raise AlreadyExists("LEAD_KNOWN", source=lead.source, reference=lead.source_reference)
    add_all(tx, [lead])


def add_all(tx: Transaction, new: Sequence[Lead]) -> None:
    """Write new leads that the source has not sent before, each flagged if it looks like another."""
    keys = {lead.id: duplicates.keys(lead) for lead in new}
    holders = _holders(tx, {key for own in keys.values() for key in own.values()})
    for lead in new:
        own = keys[lead.id]
        lead.duplicate_match = duplicates.match(on for on, key in own.items() if key in holders)
        holders.update(own.values())
    rows = [tables.new_row(tx, lead) | {"source_key": source_key(lead)} for lead in new]
    prepared.insert(tx.connection, leads, rows)
    _add_keys(tx, keys)
    touchpoints.capture(tx, [(lead.id, lead.campaign_id) for lead in new if lead.campaign_id])


def known(tx: Transaction, new: Sequence[Lead]) -> set[str]:
    """Which of these leads' source keys are stored already."""
    wanted = {key for lead in new if (key := source_key(lead))}
    if not wanted:
        return set()
    return set(
        tx.execute(sa.select(leads.c.source_key).where(leads.c.source_key.in_(wanted))).scalars()
    )


def source_key(lead: Lead) -> str | None:
    """What tells a source's records apart; None if the source gave no reference."""
    return f"{lead.source}\x1f{lead.source_reference}" if lead.source_reference else None


def duplicates_of(tx: Transaction, lead: Lead) -> list[tuple[str, DuplicateMatch, list[str]]]:
    """At most 100 other leads that look like this one, exact ones first: id, match, what they share.

    No more than the oldest 100 are read for each key that it has.
    """
    on_of = {key: on for on, key in duplicates.keys(lead).items()}
    if not on_of:
        return []
    sharing = sa.union_all(*(sa.select(_sharing(key, lead.id).subquery()) for key in on_of))
    others = set(tx.execute(sharing).scalars())
    theirs = sa.select(lead_keys).where(lead_keys.c.lead_id.in_(others))
    shared: dict[str, list[str]] = {}
    for row in tx.execute(theirs.order_by(lead_keys.c.lead_id)):
        if row.key in on_of:
            shared.setdefault(row.lead_id, []).append(on_of[row.key])
    found = [
        (other_id, duplicates.match(on), sorted(set(on) - {"exact"}))
        for other_id, on in shared.items()
    ]
    return sorted(found, key=lambda each: each[1] is not DuplicateMatch.EXACT)[:_MOST_SHOWN]


def _sharing(key: str, lead_id: str) -> sa.Select[Any]:
    """The oldest other leads that have this key."""
    others = sa.select(lead_keys.c.lead_id).where(
        lead_keys.c.key == key, lead_keys.c.lead_id != lead_id
    )
    return others.order_by(lead_keys.c.lead_id).limit(_MOST_SHOWN)


def any_of_campaign(tx: Transaction, campaign_id: str) -> bool:
    """Whether a campaign has brought a lead."""
    found = sa.select(leads.c.id).where(leads.c.campaign_id == campaign_id).limit(1)
    return tx.execute(found).first() is not None


def count_of_campaigns(tx: Transaction, campaign_ids: Sequence[str]) -> tuple[int, int]:
    """How many leads these campaigns have brought, and how many of them were converted."""
    converted = sa.func.sum(sa.case((leads.c.state == LeadState.CONVERTED, 1), else_=0))
    statement = sa.select(sa.func.count().label("captured"), converted.label("converted"))
    row = tx.execute(statement.where(leads.c.campaign_id.in_(campaign_ids))).one()
    return row.captured, int(row.converted or 0)


def _holders(tx: Transaction, keys: set[str]) -> set[str]:
    """Those of the keys that some lead has. One row is read for each, however many leads share it."""
    held: set[str] = set()
    waiting = iter(keys)
    while some := list(itertools.islice(waiting, _KEYS_AT_ONCE)):
        wanted = {f"key{n}": key for n, key in enumerate(some)}
        (row,) = _first_holders(len(some)).rows(tx.connection, wanted)
        held.update(key for key, holder in zip(some, row, strict=True) if holder)
    return held


@cache
def _first_holders(count: int) -> Prepared:
    """The first lead of each of so many keys, as one row; the order makes it a look-up in the index."""
    first = (
        sa.select(lead_keys.c.lead_id)
        .where(lead_keys.c.key == sa.bindparam(f"key{n}", type_=Id))
        .order_by(lead_keys.c.lead_id)
        .limit(1)
        .scalar_subquery()
        .label(f"holder{n}")
        for n in range(count)
    )
    return Prepared(sa.select(*first))


def _add_keys(tx: Transaction, keys: Mapping[str, Mapping[str, str]]) -> None:
    rows = [
        {"key": key, "lead_id": lead_id} for lead_id, own in keys.items() for key in own.values()
    ]
    prepared.insert(tx.connection, lead_keys, rows)


def save(tx: Transaction, lead: Lead) -> None:
    """Write a changed lead. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, leads, lead)


def save_identity(tx: Transaction, lead: Lead) -> None:
    """Write a lead whose identifying fields may have changed. Errors: CONCURRENT_CHANGE."""
    save(tx, lead)
    tx.execute(sa.delete(lead_keys).where(lead_keys.c.lead_id == lead.id))
    _add_keys(tx, {lead.id: duplicates.keys(lead)})


def remove(tx: Transaction, lead: Lead) -> None:
    """Delete a lead. Errors: CONCURRENT_CHANGE."""
    values.forget(tx, lead)
    tables.delete(tx, leads, lead)
