"""A database that was restored to an earlier moment: its streams are made again, nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from chassis import leases, restoration
from chassis.app import App
from chassis.broker import Broker
from chassis.housekeeping import prune_inbox, prune_outbox
from chassis.worker import Worker, duties
from cli.processes import wait_until
from tests.component.chassis.two_services import PATIENCE, announce, book, count, unpublished

Work = Callable[..., Worker]


@pytest.fixture
def broker(nats_url: str) -> Iterator[Broker]:
    connected = Broker(nats_url, "test")
    connected.start()
    assert wait_until(lambda: connected.connected, PATIENCE)
    yield connected
    connected.close()


def forget(app: App, *statements: sa.Executable) -> None:
    """Take an app's database back to a moment before these rows were there."""
    with app.transaction() as tx:
        for statement in statements:
            tx.execute(statement)


def table(app: App, name: str) -> sa.Table:
    return app.service.metadata.tables[name]


def test_what_the_restored_database_has_not_received_comes_again(
    announcer: App, listener: App, work: Work, broker: Broker
) -> None:
    worker = work(announcer, listener)
    announce(announcer, "lead_1", "lead_2")
    assert wait_until(lambda: book(listener) == ["lead_1", "lead_2"], PATIENCE)
    worker.stop()
    lines, inbox = table(listener, "book"), table(listener, "inbox")
    second = sa.select(table(announcer, "outbox").c.event_id).order_by(sa.text("position DESC"))
    with announcer.reading() as tx:
        event_id = tx.execute(second.limit(1)).scalar_one()
    forget(
        listener,
        sa.delete(lines).where(lines.c.lead_id == "lead_2"),
        sa.delete(inbox).where(inbox.c.event_id == event_id),
    )

    for app in (announcer, listener):
        restoration.discard_streams(app, broker, None)
        restoration.begin_anew(app)
    work(announcer, listener)

    assert wait_until(lambda: book(listener) == ["lead_1", "lead_2"], PATIENCE)
    assert wait_until(lambda: unpublished(announcer) == 0, PATIENCE)
    assert count(listener, "inbox") == 2


def test_an_event_of_the_future_that_was_given_up_does_not_arrive(
    announcer: App, listener: App, work: Work, broker: Broker
) -> None:
    worker = work(announcer)
    announce(announcer, "lead_kept", "lead_undone")
    assert wait_until(lambda: unpublished(announcer) == 0, PATIENCE)
    worker.stop()
    outbox = table(announcer, "outbox")
    last = sa.select(sa.func.max(outbox.c.position)).scalar_subquery()
    forget(announcer, sa.delete(outbox).where(outbox.c.position == last))

    restoration.discard_streams(announcer, broker, None)
    assert restoration.begin_anew(announcer) == 1
    work(announcer, listener)
    assert wait_until(lambda: book(listener) == ["lead_kept"], PATIENCE)
    announce(announcer, "lead_after")

    assert wait_until(lambda: len(book(listener)) == 2, PATIENCE)
    assert book(listener) == ["lead_kept", "lead_after"]


def test_however_old_the_moment_is_receipts_outlive_their_events(
    announcer: App, listener: App, work: Work, broker: Broker
) -> None:
    worker = work(announcer, listener)
    announce(announcer, "lead_1")
    assert wait_until(lambda: book(listener) == ["lead_1"], PATIENCE)
    assert wait_until(lambda: unpublished(announcer) == 0, PATIENCE)
    worker.stop()
    outbox, inbox = table(announcer, "outbox"), table(listener, "inbox")
    long_ago = announcer.clock() - timedelta(days=30)
    forget(announcer, sa.update(outbox).values(publish_time=long_ago))
    forget(listener, sa.update(inbox).values(receive_time=long_ago))

    for app in (announcer, listener):
        restoration.discard_streams(app, broker, None)
        restoration.begin_anew(app)
        prune_outbox(app)
        prune_inbox(app)
    work(announcer, listener)

    assert wait_until(lambda: unpublished(announcer) == 0, PATIENCE)
    announce(announcer, "lead_2")
    assert wait_until(lambda: len(book(listener)) > 1, PATIENCE)
    assert book(listener) == ["lead_1", "lead_2"]


def test_who_still_works_is_named(announcer: App, work: Work) -> None:
    worker = work(announcer)

    def taken() -> str:
        with leases.nobody_else("marketing", announcer.database, duties(announcer)) as duty:
            return duty

    assert wait_until(lambda: taken() == "relay", PATIENCE)
    worker.stop()
    assert wait_until(lambda: taken() == "", PATIENCE)
