"""What one service announces happens in another: once, in order, with its trace and its actor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa

from chassis.app import App
from chassis.tokens import Identity
from chassis.worker import Worker
from cli.processes import wait_until
from tests.component.chassis.two_services import (
    PATIENCE,
    LeadCreated,
    announce,
    book,
    count,
    unpublished,
    wipe,
)

Work = Callable[..., Worker]


def test_an_event_is_handled_in_the_other_service(
    announcer: App, listener: App, work: Work
) -> None:
    work(announcer, listener)
    announce(announcer, "lead_1")
    assert wait_until(lambda: book(listener) == ["lead_1"], PATIENCE)
    assert wait_until(lambda: unpublished(announcer) == 0, PATIENCE)
    assert count(listener, "inbox") == 1


def test_an_event_carries_its_trace_its_actor_and_its_time(
    announcer: App, listener: App, work: Work
) -> None:
    call = announcer.system_call()
    call = replace(
        call,
        identity=Identity(subject="user_na_ann", session="s"),
        traceparent=f"00-{'ab' * 16}-{'cd' * 8}-01",
    )
    with announcer.transaction(call) as tx:
        tx.announce(LeadCreated("lead_1"))
    work(announcer, listener)
    assert wait_until(lambda: book(listener) == ["lead_1"], PATIENCE)
    table = listener.service.metadata.tables["book"]
    with listener.reading() as tx:
        line = tx.execute(sa.select(table.c.actor, table.c.trace, table.c.event_time)).one()
    assert line == ("user_na_ann", "ab" * 16, call.now)


def test_what_is_undone_is_not_announced(announcer: App, listener: App, work: Work) -> None:
    work(announcer, listener)
    try:
        with announcer.transaction() as tx:
            tx.announce(LeadCreated("lead_undone"))
            raise LookupError
    except LookupError:
        announce(announcer, "lead_done")
    assert wait_until(lambda: book(listener) != [], PATIENCE)
    assert book(listener) == ["lead_done"]


def test_events_keep_their_order_in_batches_and_alone(
    announcer: App, listener: App, work: Work
) -> None:
    leads = [f"lead_{n}" for n in range(2500)]
    announce(announcer, *leads[:2300])
    work(announcer, listener)
    for lead in leads[2300:]:
        announce(announcer, lead)
    assert wait_until(lambda: len(book(listener)) >= len(leads), PATIENCE)
    assert book(listener) == leads


def test_an_event_published_twice_is_handled_once(
    announcer: App, listener: App, work: Work
) -> None:
    work(announcer, listener)
    announce(announcer, "lead_1", "lead_2", "lead_3")
    assert wait_until(lambda: len(book(listener)) == 3, PATIENCE)
    outbox = announcer.service.metadata.tables["outbox"]
    with announcer.transaction() as tx:
        tx.execute(sa.update(outbox).values(publish_time=None))
    announce(announcer, "lead_4")
    assert wait_until(lambda: len(book(listener)) >= 4, PATIENCE)
    assert wait_until(lambda: unpublished(announcer) == 0, PATIENCE)
    assert book(listener) == ["lead_1", "lead_2", "lead_3", "lead_4"]


def test_a_lost_stream_is_built_again_from_the_outbox(
    announcer: App, listener: App, work: Work, nats_url: str
) -> None:
    worker = work(announcer)
    announce(announcer, "lead_1", "lead_2")
    assert wait_until(lambda: unpublished(announcer) == 0, PATIENCE)
    worker.stop()
    wipe(nats_url, announcer)
    work(announcer, listener)
    assert wait_until(lambda: len(book(listener)) >= 2, PATIENCE)
    assert book(listener) == ["lead_1", "lead_2"]


def test_a_stream_lost_at_work_is_built_again_and_nothing_is_handled_twice(
    announcer: App, listener: App, work: Work, nats_url: str
) -> None:
    work(announcer, listener)
    announce(announcer, "lead_1", "lead_2")
    assert wait_until(lambda: len(book(listener)) == 2, PATIENCE)
    wipe(nats_url, announcer)
    announce(announcer, "lead_3")
    assert wait_until(lambda: len(book(listener)) >= 3, PATIENCE)
    assert book(listener) == ["lead_1", "lead_2", "lead_3"]


def test_of_two_workers_one_stands_by_until_the_other_ends(
    announcer: App, listener: App, work: Work
) -> None:
    first, _second = work(announcer, listener), work(announcer, listener)
    leads = [f"lead_{n}" for n in range(400)]
    for lead in leads[:200]:
        announce(announcer, lead)
    first.stop()
    for lead in leads[200:]:
        announce(announcer, lead)
    assert wait_until(lambda: len(book(listener)) >= len(leads), PATIENCE)
    assert book(listener) == leads
