"""A duty is lost with the database session that held it, and taken again."""

from __future__ import annotations

import threading

import sqlalchemy as sa

from chassis.app import App
from chassis.leases import Leases
from cli.processes import wait_until
from tests.component.chassis.two_services import PATIENCE


def test_a_duty_passes_on_when_its_session_is_ended(announcer: App) -> None:
    stopping = threading.Event()
    rivals = [Leases("marketing", announcer.database, ["relay"]) for _ in range(2)]
    threads = [threading.Thread(target=rival.run, args=(stopping,)) for rival in rivals]
    threads[0].start()
    assert rivals[0].wait_for("relay", PATIENCE)
    threads[1].start()
    assert not rivals[1].wait_for("relay", 0.6)
    with announcer.reading() as tx:
        holder = sa.text("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted")
        for pid in tx.execute(holder).scalars().all():
            tx.execute(sa.text(f"SELECT pg_terminate_backend({pid})"))
    assert wait_until(lambda: rivals[1].holds("relay"), PATIENCE)
    assert wait_until(lambda: not rivals[0].holds("relay"), PATIENCE)
    stopping.set()
    for thread in threads:
        thread.join()


def test_of_several_duties_each_is_held_once(announcer: App) -> None:
    stopping = threading.Event()
    duties = ["relay", "sales-from-marketing", "sales-from-partners"]
    rivals = [Leases("sales", announcer.database, duties) for _ in range(3)]
    threads = [threading.Thread(target=rival.run, args=(stopping,)) for rival in rivals]
    for thread in threads:
        thread.start()
    assert wait_until(
        lambda: all(any(rival.holds(duty) for rival in rivals) for duty in duties), PATIENCE
    )
    assert [sum(rival.holds(duty) for rival in rivals) for duty in duties] == [1, 1, 1]
    stopping.set()
    for thread in threads:
        thread.join()
