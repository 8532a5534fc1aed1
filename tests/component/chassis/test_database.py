"""Reading on SQLite neither waits for writers nor makes them wait."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from chassis.database import Database


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
