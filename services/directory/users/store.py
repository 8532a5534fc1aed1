"""Users in the database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, Json, LongText, UtcDateTime, text_type
from chassis.errors import AlreadyExists, Invalid
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.directory.tables import metadata
from services.directory.users.domain import User, UserState, sign_in_name

users = tables.record_table(
    "users",
    metadata,
    *tables.ownership(),
    sa.Column("email", text_type(254), nullable=False),
    sa.Column("sign_in_name", text_type(254), unique=True),
    sa.Column("name", text_type(120), nullable=False),
    sa.Column("kind", Id, nullable=False, info={"enum_prefix": "USER_KIND_"}),
    sa.Column("locale", Id, nullable=False),
    sa.Column("time_zone", Id, nullable=False),
    sa.Column("partner_id", Id, nullable=False),
    sa.Column("account_id", Id, nullable=False),
    sa.Column("state", Id, nullable=False, info={"enum_prefix": "USER_STATE_"}),
    sa.Column("role_ids", Json, nullable=False),
    sa.Column("team_ids", Json, nullable=False),
    sa.Column("locked_until_time", UtcDateTime),
    sa.Column("last_sign_in_time", UtcDateTime),
    sa.Index("ix_users_create_time", "create_time", "id"),
    sa.Index("ix_users_business_unit_id", "business_unit_id", "create_time"),
    sa.Index("ix_users_team_id", "team_id", "create_time"),
    sa.Index("ix_users_account_id", "account_id", "create_time"),
    sa.Index("ix_users_partner_id", "partner_id", "create_time"),
)

LISTING = Listing(
    users,
    fields=(
        "email",
        "name",
        "kind",
        "state",
        "business_unit_id",
        "team_id",
        "partner_id",
        "account_id",
        "create_time",
        "update_time",
    ),
    default_order="create_time desc",
)


def get(tx: Transaction, user_id: str, etag: str = "") -> User:
    """A user whom the caller may see. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, users, User, user_id, etag=etag)


def find(tx: Transaction, user_id: str) -> User | None:
    """A user, whoever calls."""
    return _one(tx, sa.select(users).where(users.c.id == user_id))


def known(tx: Transaction, user_id: str, *, field: str) -> User:
    """A user that a request names in this field, locked. Errors: USER_UNKNOWN."""
    user = lock(tx, user_id)
    if user is None:
        raise Invalid("USER_UNKNOWN", field=field, id=user_id)
    return user


def find_by_email(tx: Transaction, email: str) -> User | None:
    """The user who logs in with this address, whoever calls."""
    return _one(tx, sa.select(users).where(users.c.sign_in_name == sign_in_name(email)))


def lock(tx: Transaction, user_id: str) -> User | None:
    """A user, whoever calls, whose row nobody else changes until the transaction ends.

    Tokens are issued under this lock: a change of the user's rights comes wholly before or after.
    Where a session is locked too, the user's row comes first.
    """
    return _one(tx, sa.select(users).where(users.c.id == user_id).with_for_update())


def add(tx: Transaction, user: User) -> None:
    """Write a new user. Errors: EMAIL_TAKEN."""
    with _unique_email():
        tables.insert(tx, users, user)


def save(tx: Transaction, user: User) -> None:
    """Write a changed user. Errors: EMAIL_TAKEN, CONCURRENT_CHANGE."""
    with _unique_email():
        tables.update(tx, users, user)


def note_sign_in(tx: Transaction, user_id: str, at: datetime) -> None:
    """Note when a user logged in; the version stays, since nothing that anybody set changes."""
    tx.execute(sa.update(users).where(users.c.id == user_id).values(last_sign_in_time=at))


def anybody_holds(tx: Transaction, role_id: str) -> bool:
    """Whether some user has this role."""
    return _anybody(tx, _contains(users.c.role_ids, role_id))


def anybody_in_team(tx: Transaction, team_id: str) -> bool:
    """Whether some user is in this team."""
    return _anybody(tx, _contains(users.c.team_ids, team_id))


def anybody_in_unit(tx: Transaction, business_unit_id: str) -> bool:
    """Whether some user is in this business unit."""
    return _anybody(tx, users.c.business_unit_id == business_unit_id)


def anybody_of_account(tx: Transaction, account_id: str) -> bool:
    """Whether somebody logs in for this customer, or did before they were disabled."""
    return _anybody(tx, users.c.account_id == account_id)


def another_administrator(tx: Transaction, role_id: str, than: str) -> bool:
    """Whether some user other than `than` has this role and may get in."""
    may_get_in = users.c.state.in_([UserState.ACTIVE, UserState.LOCKED])
    return _anybody(tx, _contains(users.c.role_ids, role_id) & may_get_in & (users.c.id != than))


@contextlib.contextmanager
def _unique_email() -> Iterator[None]:
    try:
        yield
    except sa.exc.IntegrityError as error:
        raise AlreadyExists("EMAIL_TAKEN") from error


def _contains(column: sa.ColumnElement[object], item: str) -> sa.ColumnElement[bool]:
    # Lists are short and this is asked rarely, so a scan of their JSON text is enough everywhere.
    return sa.cast(column, LongText).contains(f'"{item}"', autoescape=True)


def _anybody(tx: Transaction, condition: sa.ColumnElement[bool]) -> bool:
    return tx.execute(sa.select(users.c.id).where(condition).limit(1)).first() is not None


def _one(tx: Transaction, statement: sa.Select[tuple[object, ...]]) -> User | None:
    row = tx.execute(statement).one_or_none()
    if row is None:
        return None
    user: User = from_row(User, row)
    return user
