"""A region that was restored to a moment before a customer left: what it has of them again is given up.

Its database knows nothing of the departure, but what it told the other regions then is in their streams and
comes back to it: CustomerMoved. And the other region knows by which claim the customer arrived there; whoever
sends under that claim or an earlier one, and finds that nobody here has gone on since, sends out of a past
that was restored.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from chassis.ids import region_of
from chassis.relocation import reading, store
from chassis.relocation.store import UNSURE, Relocation, RelocationState

if TYPE_CHECKING:
    from chassis.app import Transaction

log = logging.getLogger(__name__)

#: The other region's answer to a copy of a customer who arrived there.
ARRIVED = "RELOCATION_ARRIVED"


def remember(tx: Transaction, event: Any) -> None:
    """A customer moved by a move that this service does not know: if from here, it looks for what it has of them.

    The other region is asked about it as if it were to follow. Who the owner there is was forgotten too,
    therefore nothing is inserted there.
    """
    if event.to_region == tx.region:
        store.close_forgotten(tx, event.account_id, event.move_id)
    elif region_of(event.move_id) == tx.region:
        log.warning(
            "customer %s left by move %s, which a restore has undone here",
            event.account_id,
            event.move_id,
        )
        known = tuple(sorted({event.account_id, *event.record_ids}))
        departed = Relocation(
            event.move_id, event.account_id, event.to_region, UNSURE, "", "", known_ids=known
        )
        departed.state, departed.digest = RelocationState.DEPARTED, UNSURE
        store.add(tx, departed)


def give_up(tx: Transaction, held: Relocation) -> None:
    """Delete what is here of a customer who stands in the other region; whoever holds it saves it."""
    estate = tx.service.estate
    holding = reading.read(tx, estate, held.known_ids, locking=True)
    estate.leaving(tx, held.account_id, holding.rows.ids)
    reading.delete(tx, estate, holding)
    log.warning(
        "customer %s lives in %s; %d rows that a restore had brought back are deleted",
        held.account_id,
        held.to_region,
        holding.rows.count,
    )
    held.state, held.digest, held.delay = RelocationState.DEPARTED, "", ""
    held.known_ids = tuple(sorted({*held.known_ids, *holding.rows.ids}))
    held.attempts = 0
