"""Activities in the database."""

from __future__ import annotations

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, LongText, UtcDateTime, text_type
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.sales.activities.domain import Activity, ActivityState
from services.sales.tables import metadata

activities = tables.record_table(
    "activities",
    metadata,
    sa.Column("kind", Id, nullable=False, info={"enum_prefix": "ACTIVITY_KIND_"}),
    sa.Column("title", text_type(200), nullable=False),
    sa.Column("description", LongText, nullable=False),
    sa.Column("subject_id", Id, nullable=False),
    sa.Column("priority", Id, nullable=False, info={"enum_prefix": "ACTIVITY_PRIORITY_"}),
    sa.Column("due_time", UtcDateTime),
    sa.Column("start_time", UtcDateTime),
    sa.Column("end_time", UtcDateTime),
    sa.Column("time_zone", Id, nullable=False),
    sa.Column("location", text_type(400), nullable=False),
    sa.Column("participants", Json, nullable=False),
    sa.Column("reminder_minutes", sa.Integer),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "ACTIVITY_STATE_"}),
    sa.Column("outcome", LongText, nullable=False),
    sa.Column("close_time", UtcDateTime),
    sa.Column("reminder_time", UtcDateTime),
    *tables.ownership(),
    sa.Index("ix_activities_create_time", "create_time", "id"),
    sa.Index("ix_activities_owner_id", "owner_id", "state", "due_time"),
    sa.Index("ix_activities_subject_id", "subject_id", "create_time"),
    sa.Index("ix_activities_reminder_time", "reminder_time"),
)

LISTING = Listing(
    activities,
    fields=(
        "kind",
        "title",
        "subject_id",
        "priority",
        "due_time",
        "start_time",
        "state",
        "close_time",
        "owner_id",
        "team_id",
        "business_unit_id",
        "create_time",
        "update_time",
    ),
    default_order="create_time desc",
)
#: One's own list: the next due first, those without a due time last.
MINE = Listing(activities, fields=("due_time",), default_order="due_time")


def get(tx: Transaction, activity_id: str, etag: str = "") -> Activity:
    """An activity that the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, activities, Activity, activity_id, etag=etag)


def add(tx: Transaction, activity: Activity) -> None:
    """Write a new activity."""
    tables.insert(tx, activities, activity)


def save(tx: Transaction, activity: Activity) -> None:
    """Write a changed activity. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, activities, activity)


def remove(tx: Transaction, activity: Activity) -> None:
    """Delete an activity. Errors: CONCURRENT_CHANGE."""
    tables.delete(tx, activities, activity)


def open_of(owner_id: str) -> sa.ColumnElement[bool]:
    """The condition that an activity is this person's and still to be done."""
    return sa.and_(activities.c.owner_id == owner_id, activities.c.state == ActivityState.OPEN)


def claim_due(tx: Transaction, limit: int) -> list[Activity]:
    """Open activities whose reminder is due, kept from other workers until this transaction ends."""
    rows = tx.execute(
        sa.select(activities)
        .where(activities.c.reminder_time <= tx.now, activities.c.state == ActivityState.OPEN)
        .order_by(activities.c.reminder_time, activities.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [from_row(Activity, row) for row in rows]
