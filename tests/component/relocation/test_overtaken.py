"""A sender that was out of breath for longer than its lease does no harm, whenever it goes on."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from chassis.app import App
from chassis.relocation import rows, sending, source
from chassis.relocation.rows import Rows
from chassis.relocation.store import Relocation
from chassis.relocation.tables import PIECES
from cli.processes import wait_until
from tests.component.regions.region import RunningRegion
from tests.component.relocation.company import Company
from tests.component.relocation.customer import Customer, post
from tests.component.relocation.moves import administrator, copies, move, propose, read, relocations
from tests.component.relocation.shelves import Shelves

DONE = "CUSTOMER_MOVE_STATE_DONE"
MOVES = "/directory/v1/customer_moves"


class Breathless:
    """A worker of sales that stops for long just before it sends, and goes on when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._thread: threading.Thread | None = None
        self._held_up, self._goes_on = threading.Event(), threading.Event()
        monkeypatch.setattr(source, "send", self._send)

    def begin(self, app: App) -> None:
        """Have it take the step that is due."""
        self._thread = threading.Thread(target=source.advance, args=(app,))
        self._thread.start()
        assert self._held_up.wait(20), "there was nothing to send"

    def go_on(self) -> None:
        """Have it send, and do what it then thinks right."""
        self._goes_on.set()
        assert self._thread is not None
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _send(self, app: App, relocation: Relocation, copy: Rows) -> None:
        if threading.current_thread() is self._thread:
            self._held_up.set()
            assert self._goes_on.wait(60)
        sending.send(app, relocation, copy)


@pytest.fixture
def breathless(monkeypatch: pytest.MonkeyPatch) -> Breathless:
    # Each piece is kept by itself; only the last one is refused with all rows that it completes.
    monkeypatch.setattr(rows, "PIECE", 1000)
    return Breathless(monkeypatch)


def begun_by(company: Company, na: RunningRegion, mills: Customer, sender: Breathless) -> Any:
    """A move whose sales part the sender is about to copy."""
    begun = propose(company, mills.account_id)
    assert wait_until(lambda: company.carry() >= 0 and "sales" in relocations(na, begun), 30)
    sender.begin(na.sales.app)
    company.later()
    return begun


def test_its_copy_is_not_kept_after_the_customer_arrived(
    company: Company,
    na: RunningRegion,
    emea: RunningRegion,
    shelves: Shelves,
    mills: Customer,
    breathless: Breathless,
) -> None:
    before = shelves.of("na")
    begun = begun_by(company, na, mills, breathless)
    company.settle()
    done = read(company, begun)

    breathless.go_on()
    company.settle()

    assert done["state"] == DONE
    assert (shelves.both(), copies(emea)) == (({}, before), 0)
    assert read(company, begun) == done, "nor does it delay anything"


def test_its_copy_is_dropped_by_the_arrival_that_comes_later(
    company: Company,
    na: RunningRegion,
    emea: RunningRegion,
    shelves: Shelves,
    mills: Customer,
    breathless: Breathless,
) -> None:
    begun = begun_by(company, na, mills, breathless)
    hold = {"subject_id": mills.account_id, "kind": "ACTIVITY_KIND_TASK", "title": "Say goodbye"}
    post(na.person("*@region"), "/sales/v1/activities", hold)
    before = shelves.of("na")
    company.is_cut = True
    company.settle()
    there = len(emea.sales.table(PIECES))
    assert there > 0

    breathless.go_on()
    assert len(emea.sales.table(PIECES)) == there, "a later copy is there"
    company.is_cut = False
    company.settle()

    assert read(company, begun)["state"] == DONE
    assert (shelves.both(), copies(emea)) == (({}, before), 0)


def test_it_brings_nothing_back_of_a_customer_who_came_home(
    company: Company,
    na: RunningRegion,
    emea: RunningRegion,
    shelves: Shelves,
    mills: Customer,
    breathless: Breathless,
) -> None:
    before = shelves.of("na")
    begun_by(company, na, mills, breathless)
    company.settle()
    back = move(company, mills.account_id, to="na", by="emea")

    breathless.go_on()
    company.settle()

    assert back["state"] == DONE
    assert (shelves.both(), copies(na), copies(emea)) == ((before, {}), 0, 0)


def test_its_copy_is_not_kept_after_the_move_was_called_off(
    company: Company,
    na: RunningRegion,
    emea: RunningRegion,
    mills: Customer,
    breathless: Breathless,
) -> None:
    begun = begun_by(company, na, mills, breathless)
    cancel = f"{MOVES}/{begun['id']}:cancel"
    post(administrator(company, "na"), cancel, {"reason": "They stay."})
    company.settle()

    breathless.go_on()
    company.settle()

    assert copies(emea) == 0
    assert relocations(na, begun)["sales"] == "closed"
