"""Teams in the database. Who is in a team is kept with the user."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from chassis import tables
from chassis.app import Transaction
from chassis.database import Id, text_type
from chassis.listing import Listing
from chassis.records.rows import from_row
from services.directory.tables import metadata
from services.directory.teams.domain import Team

teams = tables.record_table(
    "teams",
    metadata,
    sa.Column("name", text_type(120), nullable=False),
    sa.Column("business_unit_id", Id, nullable=False),
    sa.Index("ix_teams_create_time", "create_time", "id"),
    sa.Index("ix_teams_business_unit_id", "business_unit_id"),
)

LISTING = Listing(
    teams,
    fields=("name", "business_unit_id", "create_time", "update_time"),
    default_order="name",
)


def get(tx: Transaction, team_id: str, etag: str = "") -> Team:
    """A team. Errors: NOT_FOUND, STALE_ETAG."""
    return tables.fetch(tx, teams, Team, team_id, etag=etag)


def lock(tx: Transaction, team_id: str) -> Team:
    """A team that nobody removes until the transaction ends. Errors: NOT_FOUND."""
    statement = sa.select(teams).where(teams.c.id == team_id).with_for_update()
    row = tx.execute(statement).one_or_none()
    if row is None:
        raise tables.not_found(teams, team_id)
    team: Team = from_row(Team, row)
    return team


def find_all(tx: Transaction, team_ids: Iterable[str]) -> list[Team]:
    """Those of these teams that there are, in the order asked for."""
    wanted = list(team_ids)
    rows = tx.execute(sa.select(teams).where(teams.c.id.in_(wanted)))
    found: dict[str, Team] = {row.id: from_row(Team, row) for row in rows}
    return [found[team_id] for team_id in wanted if team_id in found]


def any_in_unit(tx: Transaction, business_unit_id: str) -> bool:
    """Whether some team belongs to this business unit."""
    statement = sa.select(teams.c.id).where(teams.c.business_unit_id == business_unit_id).limit(1)
    return tx.execute(statement).first() is not None


def add(tx: Transaction, team: Team) -> None:
    """Write a new team."""
    tables.insert(tx, teams, team)


def save(tx: Transaction, team: Team) -> None:
    """Write a changed team. Errors: CONCURRENT_CHANGE."""
    tables.update(tx, teams, team)


def remove(tx: Transaction, team: Team) -> None:
    """Delete a team. Errors: CONCURRENT_CHANGE."""
    tables.delete(tx, teams, team)
