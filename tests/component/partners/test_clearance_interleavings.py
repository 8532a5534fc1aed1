"""Two regions can never both win a customer and product line, whatever happens in which order (PRM-4, PLT-4).

Three regions with real databases; Hypothesis chooses who approves, withdraws, reviews again and lets expire, and
which event reaches which region when and how often. The hub is "na".
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import hypothesis
import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chassis.app import App, utc_now
from chassis.database import Database
from chassis.errors import Refused
from chassis.inbox import Event, handle_once
from chassis.manifest import BORDER, Service
from services.partners.claims.store import claims
from services.partners.clearances.store import clearances, digest
from services.partners.deals import approval, store, waiting
from services.partners.deals.customer import DealCustomer
from services.partners.deals.decisions import decide
from services.partners.deals.states import DealState, DealVerdict
from services.partners.manifest import SERVICE
from tests.match_keys import settings_of
from tests.unit.partners.samples import CLEAR, a_deal_under_review, an_active_partner

REGIONS = ("na", "emea", "apac")
#: Every two of them share an identifier; no identifier is in all.
CUSTOMERS = {
    "na": DealCustomer("Nordwind AG", "DE 811 222 333", "nordwind.example", "DE"),
    "emea": DealCustomer("Sturm AG", "", "nordwind.example", "DE"),
    "apac": DealCustomer("STURM", "811222333", "", "DE"),
}
#: How many deals there are in one run, and what a deal must be for its partner to end it.
MOST_DEALS = 4
ENDABLE = (DealState.CLEARING, DealState.APPROVED, DealState.CONFLICTED)
_LINES = itertools.count(1)


@dataclass
class Region:
    """Partners of one region, and how much of its outbox was read."""

    app: App
    position: int = 0

    def announced(self) -> list[Event]:
        """The events that cross the border since this was asked last."""
        outbox = self.app.service.metadata.tables["outbox"]
        with self.app.reading() as tx:
            rows = tx.execute(
                sa.select(outbox)
                .where(outbox.c.position > self.position)
                .order_by(outbox.c.position)
            ).all()
        self.position = rows[-1].position if rows else self.position
        return [
            Event(row.subject, row.headers, bytes(row.payload))
            for row in rows
            if "DealClearance" in row.headers["ce-type"]
        ]

    def receive(self, event: Event) -> None:
        reactions = self.app.service.reactions_from(BORDER)
        handle_once(self.app, "partners-from-border", reactions, [event])


def machine(regions: dict[str, Region]) -> type[RuleBasedStateMachine]:
    """The state machine over these regions; each run has a product line of its own."""

    class Clearances(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.line = f"line {next(_LINES)}"
            self.deals: dict[str, str] = {}
            self.states: dict[str, DealState] = {}
            self.events: list[Event] = []
            self.undelivered: set[tuple[int, str]] = set()

        @precondition(lambda self: len(self.deals) < MOST_DEALS)
        @rule(region=st.sampled_from(REGIONS))
        def approve_a_new_deal(self, region: str) -> None:
            with regions[region].app.transaction() as tx:
                customer, line = CUSTOMERS[region], self.line.upper()
                deal = a_deal_under_review(customer=customer, product_line=line)
                deal.id = tx.new_id("deal")
                store.add(tx, deal)
            self.deals[deal.id] = region
            self._approve(deal.id)

        @precondition(lambda self: self.undelivered)
        @rule(data=st.data())
        def deliver(self, data: st.DataObject) -> None:
            self._deliver(*data.draw(st.sampled_from(sorted(self.undelivered))))

        @precondition(lambda self: self.events)
        @rule(data=st.data(), region=st.sampled_from(REGIONS))
        def deliver_whatever_again(self, data: st.DataObject, region: str) -> None:
            self._deliver(data.draw(st.integers(0, len(self.events) - 1)), region)

        @precondition(lambda self: self._in_state(*ENDABLE))
        @rule(data=st.data())
        def withdraw(self, data: st.DataObject) -> None:
            deal_id = data.draw(st.sampled_from(sorted(self._in_state(*ENDABLE))))
            with self._app(deal_id).transaction() as tx:
                deal = store.get(tx, deal_id)
                deal.withdraw()
                decide(tx, deal, DealVerdict.WITHDRAWN)

        @precondition(lambda self: self._in_state(DealState.APPROVED))
        @rule()
        def let_expire(self) -> None:
            (deal_id,) = self._in_state(DealState.APPROVED)
            with self._app(deal_id).transaction() as tx:
                deal = store.get(tx, deal_id)
                deal.expire(at=tx.now + timedelta(days=400))
                decide(tx, deal, DealVerdict.EXPIRED)

        @precondition(lambda self: self._in_state(DealState.CONFLICTED, DealState.UNDER_REVIEW))
        @rule(data=st.data())
        def approve_again(self, data: st.DataObject) -> None:
            refused = self._in_state(DealState.CONFLICTED, DealState.UNDER_REVIEW)
            deal_id = data.draw(st.sampled_from(sorted(refused)))
            with self._app(deal_id).transaction() as tx:
                deal = store.get(tx, deal_id)
                if deal.state is DealState.CONFLICTED:
                    deal.review(CLEAR)
                    decide(tx, deal, DealVerdict.REVIEWED)
            self._approve(deal_id)

        @precondition(lambda self: self._in_state(DealState.CLEARING))
        @rule(region=st.sampled_from(REGIONS))
        def ask_the_hub_again(self, region: str) -> None:
            app = regions[region].app
            app.clock = lambda: utc_now() + timedelta(minutes=10)
            waiting.ask_again(app)
            app.clock = utc_now

        @invariant()
        def at_most_one_deal_is_protected(self) -> None:
            self._collect()
            self._look()
            assert len(self._in_state(DealState.APPROVED)) <= 1

        def teardown(self) -> None:
            self._collect()
            while self.undelivered:
                for number, region in sorted(self.undelivered, reverse=True):
                    self._deliver(number, region)
                    self._collect()
            self._look()
            approved = self._in_state(DealState.APPROVED)
            assert self._in_state(DealState.CLEARING) == set()
            assert len(approved) <= 1
            assert self._holders() == approved
            assert len({self._digest(each) for each in REGIONS}) == 1

        def _app(self, deal_id: str) -> App:
            return regions[self.deals[deal_id]].app

        def _approve(self, deal_id: str) -> None:
            partner = an_active_partner()
            with contextlib.suppress(Refused), self._app(deal_id).transaction() as tx:
                deal = store.get(tx, deal_id)
                approval.approve(tx, deal, partner, CLEAR, protection_days=0, note="")

        def _deliver(self, number: int, region: str) -> None:
            regions[region].receive(self.events[number])
            self.undelivered.discard((number, region))

        def _collect(self) -> None:
            for region in regions.values():
                for event in region.announced():
                    self.undelivered |= {(len(self.events), name) for name in REGIONS}
                    self.events.append(event)

        def _look(self) -> None:
            """Note the state of every deal of this run."""
            table = store.deals
            mine = table.c.product_line == self.line.upper()
            for region in set(self.deals.values()):
                with regions[region].app.reading() as tx:
                    rows = tx.execute(sa.select(table.c.id, table.c.state).where(mine))
                    self.states.update((row.id, DealState(row.state)) for row in rows)

        def _in_state(self, *states: DealState) -> set[str]:
            return {deal_id for deal_id, state in self.states.items() if state in states}

        def _holders(self) -> set[str]:
            mine = claims.c.key.like(f"clearance|%|{self.line}")
            with regions["na"].app.reading() as tx:
                return set(tx.execute(sa.select(claims.c.holder_id).where(mine)).scalars())

        def _digest(self, region: str) -> tuple[int, str]:
            with regions[region].app.reading() as tx:
                return digest(tx)

    return Clearances


def test_two_regions_never_both_win(
    service_database_url: Callable[[Service], str], tmp_path: Path
) -> None:
    databases = {each: Database(service_database_url(SERVICE)) for each in REGIONS}
    regions = {
        each: Region(
            App(SERVICE, databases[each], each, settings=settings_of(tmp_path, "k1", region=each))
        )
        for each in REGIONS
    }
    try:
        hypothesis.stateful.run_state_machine_as_test(
            machine(regions),
            settings=hypothesis.settings(max_examples=20, stateful_step_count=20, deadline=None),
        )
    finally:
        for database in databases.values():
            database.close()
    with_decisions = [row for row in _rows(regions["na"].app, clearances) if row.decision]
    assert {row.decision for row in with_decisions} >= {"granted", "refused"}


def _rows(app: App, table: sa.Table) -> list[Any]:
    with app.reading() as tx:
        return list(tx.execute(sa.select(table)))
