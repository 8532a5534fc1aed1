"""What partners knows of a customer: deals, which stay, since their partner lives in this region (PLT-4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from chassis.app import Transaction
from chassis.relocation.declaration import Estate, Obstacle
from services.partners.deals.states import DealOutcome
from services.partners.deals.store import deal_keys, deals


def _obstacles(tx: Transaction, account_id: str) -> Iterator[Obstacle]:
    """Deals that are won or lost only by what happens to the customer here."""
    running = sa.select(deals.c.id).where(
        deals.c.account_id == account_id,
        sa.func.coalesce(deals.c.outcome, DealOutcome.OPEN) == DealOutcome.OPEN,
    )
    if (found := tx.execute(running.limit(1)).scalar()) is not None:
        yield Obstacle("DEAL_NOT_OVER", found)


def _leaving(tx: Transaction, account_id: str, _record_ids: Sequence[str]) -> None:
    """A deal that is over keeps its figures, and nothing by which somebody is recognised."""
    theirs = deals.c.account_id == account_id
    ids = sa.select(deals.c.id).where(theirs)
    tx.execute(sa.delete(deal_keys).where(deal_keys.c.deal_id.in_(ids)))
    nobody = {"customer": None, "contact": None, "conversion": None, "description": ""}
    tx.execute(
        sa.update(deals)
        .where(theirs)
        .values(**nobody, version=deals.c.version + 1, update_time=tx.now)
    )


ESTATE = Estate(obstacles=_obstacles, leaving=_leaving)
