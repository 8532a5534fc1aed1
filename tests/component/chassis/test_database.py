"""Reading on SQLite neither waits for writers nor makes them wait."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from chassis import database
from chassis.database import Database
from chassis.errors import Unavailable


def test_reading_goes_on_beside_a_writer(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.db")
    with database.writing() as connection:
        connection.execute(sa.text("CREATE TABLE t (n INTEGER)"))
    with database.writing() as writer:
        writer.execute(sa.text("INSERT INTO t VALUES (1)"))
        with database.reading() as reader:
            assert reader.execute(sa.text("SELECT count(*) FROM t")).scalar() == 0
    with database.reading() as reader:
        assert reader.execute(sa.text("SELECT count(*) FROM t")).scalar() == 1
    database.close()


def _end_all_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as administrator:
        administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_connection_that_died_while_idle_is_replaced(
    empty_database_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = empty_database_url()
    db = Database(url, pool_size=1)
    monkeypatch.setattr(database, "IDLE_SECONDS", 0.0)
    for use in (db.reading, db.writing):
        with use() as connection:
            connection.execute(sa.text("SELECT 1"))
        _end_all_connections(url)

        with use() as connection:
            assert connection.scalar(sa.text("SELECT 2")) == 2
    db.close()


def test_a_connection_that_dies_in_use_is_told_and_replaced(
    empty_database_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = empty_database_url()
    db = Database(url, pool_size=1)
    monkeypatch.setattr(database, "IDLE_SECONDS", 60.0)
    with db.reading() as connection:
        connection.execute(sa.text("SELECT 1"))
    _end_all_connections(url)

    with pytest.raises(Unavailable), db.reading() as connection:
        connection.execute(sa.text("SELECT 1"))
    with db.reading() as connection:
        assert connection.scalar(sa.text("SELECT 2")) == 2
    db.close()
