"""Prepared statements write and read on every engine what SQLAlchemy's own execution writes and reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from chassis import prepared
from chassis.database import Bytes, Counter, Database, Id, Json, UtcDateTime
from chassis.errors import Unavailable
from chassis.manifest import Service
from chassis.prepared import Prepared
from services.marketing.manifest import SERVICE as MARKETING

things = sa.Table(
    "things",
    sa.MetaData(),
    sa.Column("number", Counter, primary_key=True, autoincrement=True),
    sa.Column("name", Id, nullable=False, unique=True),
    sa.Column("facts", Json),
    sa.Column("seen_time", UtcDateTime),
    sa.Column("is_good", sa.Boolean, nullable=False),
    sa.Column("content", Bytes),
    sa.Column("state", Id, nullable=False, server_default="new"),
)
EARLY = datetime(2026, 11, 22, 20, 30, 1, 250_000, tzinfo=UTC)
ALL = sa.select(things).order_by(things.c.number)


def row(name: str, **others: Any) -> dict[str, Any]:
    usual = {"facts": {"a": [1, "ä"]}, "seen_time": EARLY, "is_good": True, "content": b"\x00'%"}
    return usual | {"name": name} | others


@pytest.fixture
def connection(any_database: Callable[[Service], Database]) -> Iterator[sa.Connection]:
    database = any_database(MARKETING)
    things.metadata.create_all(database.engine)
    with database.writing() as connection:
        yield connection


@pytest.mark.parametrize("count", [1, 3, 40])
def test_rows_come_back_as_sqlalchemy_writes_and_reads_them(
    connection: sa.Connection, count: int
) -> None:
    rows = [row(f"thing's % :name {n}", seen_time=EARLY + timedelta(days=n)) for n in range(count)]
    rows[-1] |= {"facts": None, "seen_time": None, "is_good": False, "content": None}
    prepared.insert(connection, things, rows)
    found = Prepared(ALL).rows(connection, {})
    assert found == connection.execute(ALL).all()
    assert [each._asdict() for each in found] == [
        {"number": n, "state": "new"} | each for n, each in enumerate(rows, found[0].number)
    ]


def test_a_time_of_another_zone_is_the_same_moment(connection: sa.Connection) -> None:
    shanghai = EARLY.astimezone(timezone(timedelta(hours=8)))
    prepared.insert(connection, things, [row("x", seen_time=shanghai)])
    (found,) = Prepared(ALL).rows(connection, {})
    assert (found.seen_time, found.seen_time.tzinfo) == (EARLY, UTC)


def test_parameters_and_constants_go_along(connection: sa.Connection) -> None:
    prepared.insert(connection, things, [row(name) for name in ("a", "b", "c", "d")])
    later = sa.select(things.c.name).where(
        things.c.name > sa.bindparam("after"), things.c.name != "c"
    )
    statement = Prepared(later.order_by(things.c.name).limit(sa.bindparam("size")))
    assert statement.rows(connection, {"after": "a", "size": 9}) == [("b",), ("d",)]
    assert statement.rows(connection, {"after": "b", "size": 9}) == [("d",)]
    assert statement.rows(connection, {"after": "", "size": 1}) == [("a",)]


def test_it_is_told_how_many_rows_were_written(connection: sa.Connection) -> None:
    prepared.insert(connection, things, [row("a"), row("b")])
    named = things.c.name == sa.bindparam("wanted")
    change = Prepared(sa.update(things).where(named).values(state=sa.bindparam("new_state")))
    assert change.run(connection, {"wanted": "a", "new_state": "old"}) == 1
    assert change.run(connection, {"wanted": "z", "new_state": "old"}) == 0
    assert [each.state for each in Prepared(ALL).rows(connection, {})] == ["old", "new"]


def test_errors_are_those_of_sqlalchemy(connection: sa.Connection) -> None:
    prepared.insert(connection, things, [row("a")])
    with pytest.raises(sa.exc.IntegrityError), connection.begin_nested():
        prepared.insert(connection, things, [row("a")])
    assert len(Prepared(ALL).rows(connection, {})) == 1


def test_a_connection_that_dies_is_told_and_replaced(
    empty_database_url: Callable[[], str],
) -> None:
    url = empty_database_url()
    database, one = Database(url, pool_size=1), Prepared(sa.select(sa.literal(1).label("one")))
    with database.reading() as connection:
        assert one.rows(connection, {}) == [(1,)]
    with psycopg.connect(url, autocommit=True) as administrator:
        administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(Unavailable), database.reading() as connection:
        one.rows(connection, {})
    with database.reading() as connection:
        assert one.rows(connection, {}) == [(1,)]
    database.close()
