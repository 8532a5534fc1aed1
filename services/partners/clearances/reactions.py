"""What follows from clearances that regions ask for, that the hub decides, and that end (PRM-4, PLT-4).

What a region says of deals that were not born there, or a region that is not the hub of a decision, is nothing.
"""

from __future__ import annotations

import logging
from datetime import UTC

from meridian.partners.events.v1 import clearance_events_pb2

from chassis.app import Transaction
from chassis.ids import region_of
from chassis.match_keys import MatchHash
from services.partners.clearances import arbiter, store
from services.partners.clearances.domain import (
    Clearance,
    ClearanceDecision,
    DealClearanceReleased,
    DealClearanceRequested,
    Obstacle,
)

log = logging.getLogger(__name__)


def requested(tx: Transaction, event: clearance_events_pb2.DealClearanceRequested) -> None:
    """Decide, if this is the hub."""
    if not arbiter.is_here(tx) or not _is_of_its_region(tx, event.deal_id):
        return
    hashes = tuple(MatchHash(each.kind, each.key_id, each.hash) for each in event.hashes)
    request = DealClearanceRequested(event.deal_id, event.number, event.product_line, hashes)
    tx.announce(arbiter.decide(tx, tx.call.origin, request))


def decided(tx: Transaction, event: clearance_events_pb2.DealClearanceDecided) -> None:
    """Keep the decision, wherever the deal is. There is one, unless the hub was restored and decided anew:
    then the later one counts.
    """
    if not is_of_hub(tx):
        return
    clearance = store.of_deal(tx, event.deal_id).get(event.number)
    if clearance is None:
        clearance = Clearance(event.deal_id, event.number, event.region)
    at = event.decide_time.ToDatetime(UTC)
    if clearance.decide_time is not None and at <= clearance.decide_time:
        return
    obstacle = Obstacle(event.conflicting_deal_id, event.conflicting_region, event.identifier)
    clearance.decide(ClearanceDecision(event.decision), obstacle, at=at)
    store.put(tx, clearance)


def released(tx: Transaction, event: clearance_events_pb2.DealClearanceReleased) -> None:
    """Keep that it is over."""
    if _is_of_its_region(tx, event.deal_id):
        arbiter.release(tx, tx.call.origin, DealClearanceReleased(event.deal_id, event.number))


def forgotten(tx: Transaction, event: clearance_events_pb2.DealClearancesForgotten) -> None:
    """Forget what the hub, restored to an earlier moment, has forgotten."""
    if is_of_hub(tx) and not arbiter.is_here(tx):
        since, until = event.since_time.ToDatetime(UTC), event.until_time.ToDatetime(UTC)
        store.forget(tx, event.region, since, until)


def is_of_hub(tx: Transaction) -> bool:
    """Whether the event comes from the hub, which alone decides."""
    if tx.call.origin != tx.regions.hub:
        log.warning("a decision of region %s, which is not the hub, is ignored", tx.call.origin)
        return False
    return True


def _is_of_its_region(tx: Transaction, deal_id: str) -> bool:
    if region_of(deal_id) != tx.call.origin:
        log.warning("region %s speaks for %s, which is not its own", tx.call.origin, deal_id)
        return False
    return True
