"""What waits is told by whoever can see it, also when the one whose duty it is says nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY

from chassis import migrate
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
    assert told("database_up", "marketing") == 1


def test_a_database_that_is_away_is_told(announcer: App) -> None:
    watch = DatabaseWatch(announcer)
    watch.look()
    with announcer.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox RENAME TO gone")
    watch.look()
    assert told("database_up", "marketing") == 0
    with announcer.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO outbox")
    watch.look()
    assert told("database_up", "marketing") == 1


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
    assert told("nats_up", "marketing") == 1


def test_pending_migrations_are_counted(service_database_url: Callable[..., str]) -> None:
    database = Database(service_database_url(SERVICE))
    with database.reading() as connection:
        assert migrate.pending(SERVICE, connection) == 0
    with database.writing() as connection:
        last = sa.text("UPDATE alembic_version SET version_num = :new WHERE version_num = :old")
        connection.execute(last, {"old": "0006", "new": "0004"})
    with database.reading() as connection:
        assert migrate.pending(SERVICE, connection) == 2
    with database.writing() as connection:
        connection.execute(last, {"old": "0004", "new": "9999"})
    with database.reading() as connection:
        assert migrate.pending(SERVICE, connection) == 0
    database.close()


def test_whose_consumer_it_is() -> None:
    assert service_of("sales-from-marketing") == "sales"
    assert service_of("somebody-elses") == ""
