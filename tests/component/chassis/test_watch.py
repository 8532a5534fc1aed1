"""What waits is told by whoever can see it, also when the one whose duty it is says nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY

from chassis import migrate, watch
from chassis.app import App
from chassis.consumer import service_of
from chassis.database import Database
from chassis.watch import DatabaseWatch
from chassis.worker import Worker
from cli.processes import wait_until
from services.marketing.manifest import SERVICE
from tests.component.chassis.two_services import PATIENCE, announce, book


def told(metric: str, service: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"meridian_{metric}", {"service": service, **labels})


def test_what_waits_in_the_outbox_is_told_without_nats(announcer: App) -> None:
    announce(announcer, "lead_1", "lead_2")
    outbox = announcer.service.metadata.tables["outbox"]
    with announcer.transaction() as tx:
        tx.execute(sa.update(outbox).values(create_time=tx.now - timedelta(seconds=90)))
    DatabaseWatch(announcer).look()
    assert told("outbox_pending_events", "marketing") == 2
    assert told("outbox_oldest_age_seconds", "marketing") == pytest.approx(90, abs=5)
    assert told("dead_letters", "marketing") == 0


def test_a_database_that_is_away_is_told(announcer: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(watch, "FRESH_SECONDS", 0.5)
    stopping = threading.Event()
    thread = threading.Thread(target=DatabaseWatch(announcer).run, args=(stopping,))
    assert told("database_up", "marketing") == 0
    thread.start()
    assert wait_until(lambda: told("database_up", "marketing") == 1, PATIENCE)
    _rename(announcer, "outbox", "gone")
    assert wait_until(lambda: told("database_up", "marketing") == 0, PATIENCE)
    _rename(announcer, "gone", "outbox")
    assert wait_until(lambda: told("database_up", "marketing") == 1, PATIENCE)
    stopping.set()
    thread.join()


def _rename(app: App, table: str, name: str) -> None:
    with app.database.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {name}")


def test_the_lag_of_a_consumer_that_nobody_runs_is_told(
    announcer: App, listener: App, work: Callable[..., Worker], nats_url: str
) -> None:
    worker = work(announcer, listener)
    announce(announcer, "lead_1")
    assert wait_until(lambda: book(listener) == ["lead_1"], PATIENCE)
    worker.stop()
    announce(announcer, "lead_2", "lead_3")
    work(announcer)
    name = "sales-from-marketing"
    assert wait_until(
        lambda: told("consumer_pending_events", "sales", consumer=name) == 2, PATIENCE
    )
    assert wait_until(lambda: told("nats_up", "marketing") == 1, PATIENCE)


def test_pending_migrations_are_counted(service_database_url: Callable[..., str]) -> None:
    database = Database(service_database_url(SERVICE))
    last = max(path.name[:4] for path in (SERVICE.folder / "migrations").glob("0*.py"))
    earlier = f"{int(last) - 2:04}"

    def pending(instead: str) -> int:
        """How many migrations lack a database whose last one is said to be another."""
        change = sa.text("UPDATE alembic_version SET version_num = :new WHERE version_num = :old")
        with database.engine.connect() as connection:
            connection.execute(change, {"old": last, "new": instead})
            found = migrate.pending(SERVICE, connection)
            connection.rollback()
        return found

    assert (pending(last), pending(earlier), pending("9999")) == (0, 2, 0)
    database.close()


@pytest.fixture
def migrated(service_database_url: Callable[..., str]) -> Iterator[App]:
    database = Database(service_database_url(SERVICE))
    yield App(SERVICE, database)
    database.close()


def test_migrations_that_failed_are_told(migrated: App) -> None:
    failures = SERVICE.metadata.tables["migration_failures"]
    with migrated.transaction() as tx:
        tx.execute(sa.insert(failures), {"fail_time": tx.now, "error": "a lock time-out"})
    DatabaseWatch(migrated).look()
    assert told("failed_migrations", "marketing") == 1
    migrate.migrate(SERVICE, migrated.database)
    DatabaseWatch(migrated).look()
    assert told("failed_migrations", "marketing") == 0


def test_a_database_without_a_place_for_failed_migrations_answers(migrated: App) -> None:
    """Its schema is behind; whatever else is known of it is told all the same."""
    _rename(migrated, "migration_failures", "gone")
    versions = Path(migrate.__file__).parent / "migrations" / "versions"
    lacking = [path.name for path in versions.glob("c*.py") if path.name >= "c0003"]
    change = "UPDATE alembic_version SET version_num = 'c0002' WHERE version_num LIKE 'c0%'"
    with migrated.database.engine.begin() as connection:
        connection.execute(sa.text(change))
    DatabaseWatch(migrated).look()
    assert told("schema_pending_migrations", "marketing") == len(lacking)


def test_whose_consumer_it_is() -> None:
    assert service_of("sales-from-marketing") == "sales"
    assert service_of("somebody-elses") == ""
