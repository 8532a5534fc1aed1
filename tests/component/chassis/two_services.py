"""Two small services that meet by events: marketing announces leads, sales writes each into a book."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from meridian.marketing.events.v1 import lead_events_pb2

from chassis.app import App, Transaction
from chassis.broker import Broker
from chassis.database import Database, Id, UtcDateTime, new_metadata
from chassis.manifest import Reaction, Service, Timer
from chassis.streams import stream_name
from cli.processes import wait_until

PATIENCE = 60.0


@dataclass(frozen=True)
class LeadCreated:
    """Marketing's event of this name."""

    lead_id: str
    source: str = ""
    campaign_id: str = ""


def enter(tx: Transaction, event: lead_events_pb2.LeadCreated) -> None:
    """Write a lead into the book of sales."""
    book = tx.service.metadata.tables["book"]
    line = {"lead_id": event.lead_id, "source": event.source}
    line |= {"actor": tx.call.identity.subject, "trace": tx.call.traceparent[3:35]}
    line |= {"event_time": tx.call.event_time}
    tx.execute(sa.insert(book), line)


def marketing() -> Service:
    """The service that announces."""
    return Service("marketing", Path(__file__).parent, new_metadata(), servicers=())


def sales(
    handler: Callable[[Transaction, lead_events_pb2.LeadCreated], None] = enter,
    timers: tuple[Timer, ...] = (),
) -> Service:
    """The service that listens. A lead may be in its book more than once: that would be the failure."""
    metadata = new_metadata()
    sa.Table(
        "book",
        metadata,
        sa.Column("line", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("lead_id", Id, nullable=False),
        sa.Column("source", Id, nullable=False),
        sa.Column("actor", Id, nullable=False),
        sa.Column("trace", Id, nullable=False),
        sa.Column("event_time", UtcDateTime),
    )
    reaction = Reaction(lead_events_pb2.LeadCreated, handler)
    return Service("sales", Path(__file__).parent, metadata, (), (reaction,), timers)


def app_of(service: Service, url: str, region: str) -> App:
    """A service on an empty database."""
    database = Database(url)
    service.metadata.create_all(database.engine)
    return App(service, database, region)


def announce(app: App, *lead_ids: str, source: str = "") -> None:
    """One transaction that announces leads."""
    with app.transaction() as tx:
        tx.announce(*(LeadCreated(lead_id, source) for lead_id in lead_ids))


def book(app: App) -> list[str]:
    """The leads in the book of sales, in the order of entry."""
    table = app.service.metadata.tables["book"]
    with app.reading() as tx:
        return list(tx.execute(sa.select(table.c.lead_id).order_by(table.c.line)).scalars())


def count(app: App, table_name: str, *conditions: sa.ColumnElement[bool]) -> int:
    """How many rows of a table meet the conditions."""
    table = app.service.metadata.tables[table_name]
    with app.reading() as tx:
        query = sa.select(sa.func.count()).select_from(table).where(*conditions)
        return int(tx.execute(query).scalar_one())


def unpublished(app: App) -> int:
    """How many events wait in the outbox."""
    return count(app, "outbox", app.service.metadata.tables["outbox"].c.publish_time.is_(None))


def wipe(nats_url: str, app: App) -> None:
    """Lose a service's stream."""
    broker = Broker(nats_url, "vandal")
    broker.start()
    assert wait_until(lambda: broker.connected, PATIENCE)
    broker.api(f"STREAM.DELETE.{stream_name(app.service.name, app.region)}")
    broker.close()
