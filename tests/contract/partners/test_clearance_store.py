"""Clearances keep what is known of them on every engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from chassis.app import App
from chassis.database import Database
from chassis.manifest import Service
from services.partners.clearances import store
from services.partners.clearances.domain import Clearance, ClearanceDecision, Obstacle
from services.partners.manifest import SERVICE

SINCE = datetime(2026, 11, 22, 12, tzinfo=UTC)
UNTIL = SINCE + timedelta(hours=1)
AN_INSTANT = timedelta(microseconds=1)
OBSTACLE = Obstacle("deal_na_9", "na", "tax_id")


def test_of_what_the_hub_has_forgotten_only_ends_stay_known(
    any_database: Callable[[Service], Database],
) -> None:
    def decided(deal_id: str, at: datetime, *, released: bool = False) -> Clearance:
        clearance = Clearance(deal_id, 1, deal_id.split("_")[1], released=released)
        clearance.decide(ClearanceDecision.REFUSED, OBSTACLE, at=at)
        return clearance

    before, after = decided("deal_emea_1", SINCE), decided("deal_emea_2", UNTIL + AN_INSTANT)
    known = (
        before,
        after,
        decided("deal_emea_3", SINCE + AN_INSTANT),
        decided("deal_emea_4", UNTIL),
        decided("deal_emea_5", UNTIL, released=True),
        decided("deal_na_6", SINCE),
        decided("deal_na_7", UNTIL + AN_INSTANT, released=True),
    )
    app = App(SERVICE, any_database(SERVICE))
    with app.transaction() as tx:
        for each in known:
            store.put(tx, each)

    with app.transaction() as tx:
        store.forget(tx, "na", SINCE, UNTIL)

    with app.reading() as tx:
        ids = tx.execute(sa.select(store.clearances.c.deal_id)).scalars().all()
        left = {deal_id: store.of_deal(tx, deal_id)[1] for deal_id in ids}
    only_its_end = Clearance("deal_emea_5", 1, "emea", released=True)
    assert left == {each.deal_id: each for each in (before, after, only_its_end)}
