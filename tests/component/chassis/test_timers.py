"""Timers run again and again, whatever one run does; housekeeping removes what is over, and no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from chassis import housekeeping
from chassis.app import App, utc_now
from chassis.manifest import Service, Timer
from chassis.streams import RETENTION
from chassis.worker import Worker
from cli.processes import wait_until
from tests.component.chassis.two_services import PATIENCE, announce, count, sales

_OLD = utc_now() - RETENTION - timedelta(hours=1)


def test_a_timer_runs_again_after_it_failed(
    app: Callable[[Service], App],
    work: Callable[..., Worker],
    caplog: pytest.LogCaptureFixture,
) -> None:
    runs = []

    def tick(app: App) -> None:
        runs.append(app.service.name)
        if len(runs) == 1:
            raise LookupError("the first run fails")

    work(app(sales(timers=(Timer("tick", 0.02, tick),))))
    assert wait_until(lambda: len(runs) >= 3, PATIENCE)
    assert set(runs) == {"sales"}
    assert "timer sales.tick failed" in [record.getMessage() for record in caplog.records]


def test_pruning_the_outbox_keeps_what_is_young_or_unpublished(announcer: App) -> None:
    announce(announcer, *(f"old_{n}" for n in range(1500)))
    announce(announcer, "waiting", "young")
    outbox = announcer.service.metadata.tables["outbox"]
    with announcer.transaction() as tx:
        old = outbox.c.aggregate_id.like("old_%")
        tx.execute(sa.update(outbox).where(old).values(publish_time=_OLD))
        young = outbox.c.aggregate_id == "young"
        tx.execute(sa.update(outbox).where(young).values(publish_time=tx.now))
    housekeeping.prune_outbox(announcer)
    with announcer.reading() as tx:
        left = set(tx.execute(sa.select(outbox.c.aggregate_id)).scalars())
    assert left == {"waiting", "young"}


def test_receipts_outlive_the_events_that_may_come_again(listener: App) -> None:
    inbox = listener.service.metadata.tables["inbox"]
    with listener.transaction() as tx:
        for event, age in (("e1", RETENTION), ("e2", 3 * RETENTION)):
            receipt = {"consumer": "c", "event_id": event, "receive_time": tx.now - age}
            tx.execute(sa.insert(inbox), receipt)
    housekeeping.prune_inbox(listener)
    assert count(listener, "inbox", inbox.c.event_id == "e1") == 1
    assert count(listener, "inbox") == 1
