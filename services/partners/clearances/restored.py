"""After the hub was restored to an earlier moment: what it decided since is nowhere true any more (PLT-9, ADR 0932).

The other regions forget it too. What they asked since comes again out of their streams, and is decided anew.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from meridian.partners.events.v1 import clearance_events_pb2 as _events  # noqa: F401 - announced by name

from chassis.app import Transaction
from services.partners.clearances import arbiter, store
from services.partners.clearances.domain import DealClearanceReleased, DealClearancesForgotten

#: Of two transactions at the same moment the one that began later may be there, and the other lost.
_MARGIN = timedelta(minutes=1)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def tell(tx: Transaction) -> None:
    """In the hub: have the others forget, and tell again what they forget too much, the hub's own deals whole."""
    newest = store.newest_decision(tx)
    is_alone = newest is None and not tx.regions.peers
    if is_alone or not arbiter.is_here(tx):
        return
    since = newest - _MARGIN if newest else _BEGINNING
    tx.announce(DealClearancesForgotten(tx.region, since, tx.now))
    for clearance in store.decided_here_or_after(tx, since):
        tx.announce(clearance.told())
        if clearance.released and clearance.region == tx.region:
            tx.announce(DealClearanceReleased(clearance.deal_id, clearance.number))
