"""What is done to the processes of a region, and which alerts must fire while it lasts and be over afterwards."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from meridian.sales.events.v1 import opportunity_events_pb2
from psycopg import sql

from chassis.broker import Broker, Outgoing
from chassis.outbox import subject_of
from cli.processes import wait_until
from tests.monitoring.course import PROMETHEUS, Expected, Fault
from tests.monitoring.prometheus import TARGETS
from tests.monitoring.watched import WatchedRegion

_PATIENCE = 60.0
_REGION = "na"
_FLOOD = 1100
#: Within so many seconds Prometheus has seen a process that started.
_SEEN_SECONDS = 2.5


@contextmanager
def _frozen_workers(region: WatchedRegion) -> Iterator[None]:
    with region.frozen("marketing work", "partners work"):
        _announce(region, [_reopened() for _ in range(_FLOOD)])
        yield


def _reopened() -> bytes:
    """An event of sales to which others react, about an opportunity that nobody knows."""
    event = opportunity_events_pb2.OpportunityReopened(opportunity_id=f"opp_{uuid.uuid4().hex}")
    return event.SerializeToString()


@contextmanager
def _poison(region: WatchedRegion) -> Iterator[None]:
    """An event that nobody can read; at the end somebody discards what became of it."""
    _announce(region, [b"\xff\xff\xff"])
    yield
    waiting = "SELECT id FROM dead_letters WHERE resolve_time IS NULL"
    for service in ("marketing", "partners"):
        for row in region.query(service, waiting):
            region.command("deadletters", "discard", service, row["id"], "made by a test")


def _announce(region: WatchedRegion, payloads: list[bytes]) -> None:
    """Put events that opportunities were reopened into the stream of sales."""
    subject = subject_of(opportunity_events_pb2.OpportunityReopened, _REGION)
    broker = Broker(region.nats_url, "monitoring check")
    broker.start()
    if not wait_until(lambda: broker.connected, _PATIENCE):
        raise RuntimeError("NATS cannot be reached")
    for payload in payloads:
        event_id = str(uuid.uuid4())
        broker.publish([Outgoing(event_id, subject, {"ce-id": event_id}, payload)])()
    broker.close()


@contextmanager
def _locked_table(region: WatchedRegion) -> Iterator[None]:
    """Somebody holds a table, and everybody waits."""
    with region.connection("sales") as sales, sales.transaction():
        sales.execute("LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def _closed_database(region: WatchedRegion) -> Iterator[None]:
    """The server refuses everybody who wants this database."""
    name = str(sa.make_url(region.database_url("service")).database)
    with region.connection("sales") as server:
        server.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name))
        )
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        yield
        server.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(name))
        )


@contextmanager
def _neglect(region: WatchedRegion) -> Iterator[None]:
    """A certificate that was not renewed, a migration that is missing, a table that a timer needs."""
    move = "UPDATE alembic_version SET version_num = %s WHERE version_num = %s"
    with region.connection("partners") as partners, region.connection("sales") as sales:
        versions = partners.execute("SELECT version_num FROM alembic_version").fetchall()
        last = max(version for (version,) in versions if version[0].isdigit())
        region.show_certificate(days=2)
        partners.execute(move, ["0001", last])
        sales.execute("ALTER TABLE activities RENAME TO activities_away")
        yield
        sales.execute("ALTER TABLE activities_away RENAME TO activities")
        partners.execute(move, [last, "0001"])
        region.show_certificate(days=365)


@contextmanager
def _restarts(region: WatchedRegion) -> Iterator[None]:
    """A process that dies as soon as it is up, three times."""
    for _ in range(3):
        _restart(region, "partners work")
        time.sleep(_SEEN_SECONDS)
    yield


@contextmanager
def _nothing_to_scrape(region: WatchedRegion) -> Iterator[None]:
    """Prometheus is told of no process."""
    targets = region.folder / PROMETHEUS / TARGETS
    known = targets.read_text()
    targets.write_text("[]")
    yield
    targets.write_text(known)


def _restart(region: WatchedRegion, role: str) -> None:
    before = region.processes()[role]
    region.kill(role)
    assert wait_until(lambda: region.processes().get(role, before) != before, _PATIENCE), role


FAULTS: tuple[Fault[WatchedRegion], ...] = (
    Fault(
        "the workers of marketing and partners are frozen, and 1,100 events of sales come",
        _frozen_workers,
        (
            Expected("MeridianTargetDown", "page"),
            Expected("MeridianOutboxStuck", "page", {"service": "marketing"}),
            Expected("MeridianConsumerStalled", "page", {"consumer": "marketing-from-sales"}),
            Expected("MeridianConsumerLag", "ticket", {"consumer": "partners-from-sales"}),
        ),
        (Expected("MeridianEventDelayBurn", "page", {"service": "marketing"}),),
    ),
    Fault(
        "sales is frozen",
        lambda region: region.frozen("sales serve"),
        (Expected("MeridianAvailabilityBurn", "page", {"service": "sales"}),),
    ),
    Fault(
        "NATS is frozen",
        lambda region: region.frozen("nats-server"),
        (Expected("MeridianNatsDown", "page", {"service": "sales"}),),
    ),
    Fault(
        "an event that nobody can read comes from sales",
        _poison,
        (
            Expected("MeridianDeadLetters", "ticket", {"service": "marketing"}),
            Expected("MeridianDeadLetters", "ticket", {"service": "partners"}),
        ),
    ),
    Fault(
        "somebody locks the table of accounts",
        _locked_table,
        (
            Expected("MeridianLatencyBurn", "page", {"service": "sales"}),
            Expected("MeridianPoolExhausted", "ticket", {"service": "sales"}),
        ),
    ),
    Fault(
        "the database of service lets nobody in",
        _closed_database,
        (Expected("MeridianDatabaseDown", "page", {"service": "service"}),),
    ),
    Fault(
        "a certificate ends, a migration is missing, a timer lacks its table",
        _neglect,
        (
            Expected("MeridianCertificateExpiring", "ticket"),
            Expected("MeridianCertificateExpiring", "page"),
            Expected("MeridianSchemaBehind", "page", {"service": "partners"}),
            Expected("MeridianTimerFailing", "ticket", {"timer": "activity_reminders"}),
        ),
    ),
    Fault(
        "the worker of partners dies three times",
        _restarts,
        (Expected("MeridianRestarting", "ticket"),),
    ),
    Fault(
        "Prometheus is told of no process",
        _nothing_to_scrape,
        (Expected("MeridianNothingScraped", "page"),),
    ),
)
