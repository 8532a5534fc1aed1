"""What a worker publishes can be read on in the change feed, whatever happens to streams and relays."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from chassis import restoration
from chassis.app import App
from chassis.errors import Refused
from chassis.feed import numbers, reading
from chassis.worker import Worker
from cli.processes import wait_until
from tests.component.chassis.two_services import PATIENCE, announce, unpublished, wipe

Work = Callable[..., Worker]


class Reader:
    """A system outside: it keeps its cursor and what it has read."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.cursor = ""
        self.seen: list[str] = []

    def read_on(self) -> None:
        """Read until nothing is left."""
        more = True
        while more:
            with self._app.reading() as tx:
                page = reading.read_on(tx, self.cursor, 7, (), False)
            self.seen += [row.headers["ce-subject"] for row in page.rows]
            self.cursor, more = page.cursor, page.more

    def has(self, number: int) -> bool:
        """Whether it has read so many by now."""
        self.read_on()
        return len(self.seen) >= number


def test_every_event_is_read_once_while_many_are_announced_at_once(
    announcer: App, work: Work
) -> None:
    work(announcer)
    reader = Reader(announcer)
    with ThreadPoolExecutor(4) as crowd:
        for writer in range(4):
            crowd.submit(
                lambda writer=writer: [announce(announcer, f"{writer}_{n}") for n in range(50)]
            )
        assert wait_until(lambda: reader.has(200), PATIENCE)
    reader.read_on()
    assert sorted(reader.seen) == sorted(f"{writer}_{n}" for writer in range(4) for n in range(50))
    for writer in range(4):
        own = [lead for lead in reader.seen if lead.startswith(f"{writer}_")]
        assert own == [f"{writer}_{n}" for n in range(50)]


def test_a_lost_stream_is_published_again_and_not_read_again(
    announcer: App, work: Work, nats_url: str
) -> None:
    worker = work(announcer)
    announce(announcer, "lead_1")
    reader = Reader(announcer)
    assert wait_until(lambda: reader.has(1), PATIENCE)
    worker.stop()
    wipe(nats_url, announcer)
    work(announcer)
    announce(announcer, "lead_2")
    assert wait_until(lambda: reader.has(2), PATIENCE)
    assert wait_until(lambda: unpublished(announcer) == 0, PATIENCE)
    reader.read_on()
    assert reader.seen == ["lead_1", "lead_2"]


def test_of_two_relays_the_second_waits_until_the_first_is_visible(announcer: App) -> None:
    """A relay that has lost its duty without noticing may still note what it published."""
    announce(announcer, "lead_1")
    announce(announcer, "lead_2")
    metadata, now = announcer.service.metadata, announcer.clock()
    with announcer.database.writing() as connection:
        numbers.publish(connection, metadata, [], now)  # the feed begins
    reader = Reader(announcer)

    def second() -> None:
        with announcer.database.writing() as connection:
            numbers.publish(connection, metadata, [2], now)

    with ThreadPoolExecutor(1) as pool:
        with announcer.database.writing() as first:
            numbers.publish(first, metadata, [1], now)
            waiting = pool.submit(second)
            assert wait_until(lambda: _waits_for_a_lock(announcer), PATIENCE)
            reader.read_on()
            assert reader.seen == []
        waiting.result(PATIENCE)
    reader.read_on()
    assert reader.seen == ["lead_1", "lead_2"]


def _waits_for_a_lock(app: App) -> bool:
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with app.database.reading() as connection:
        return bool(connection.execute(sa.text(asked)).scalar())


def test_after_a_restoration_who_has_read_further_is_told(announcer: App, work: Work) -> None:
    worker = work(announcer)
    announce(announcer, "lead_1", "lead_2")
    reader = Reader(announcer)
    assert wait_until(lambda: reader.has(2), PATIENCE)
    worker.stop()

    restoration.begin_anew(announcer)

    refusals = []
    try:
        reader.read_on()
    except Refused as refusal:
        refusals.append(refusal.reason)
    assert refusals == ["CURSOR_OVERTAKEN"]
