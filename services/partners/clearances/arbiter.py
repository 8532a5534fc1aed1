"""The arbiter: the hub decides which deal has a customer and product line, of whichever region (ADR 0932).

Each hash of the customer with the product line is a claim (services.partners.claims); whose transaction takes
all of them first has them. So it does not matter who asks in which order, or how often.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from chassis.app import Transaction
from chassis.ids import region_of
from services.partners.claims import store as claims
from services.partners.clearances import store
from services.partners.clearances.domain import (
    Clearance,
    ClearanceDecision,
    DealClearanceDecided,
    DealClearanceReleased,
    DealClearanceRequested,
    Obstacle,
)


def is_here(tx: Transaction) -> bool:
    """Whether this region is the hub, which decides."""
    return tx.region == tx.regions.hub


def decide(tx: Transaction, region: str, request: DealClearanceRequested) -> DealClearanceDecided:
    """Decide a request of a region, or tell again what was decided.

    A clearance that was granted gets the hashes that it does not have yet, after a change of keys. One that
    is over is void, for a region that has forgotten its end because it was restored to an earlier moment.
    """
    of_deal = store.of_deal(tx, request.deal_id)
    clearance = of_deal.get(request.number)
    if clearance is None:
        clearance = Clearance(request.deal_id, request.number, region)
    if clearance.decision is None:
        decision, obstacle = _judge(tx, request, clearance, of_deal)
        clearance.decide(decision, obstacle, at=tx.now)
        store.put(tx, clearance)
    elif clearance.holds:
        claims.take(tx, list(_keys(request)), request.deal_id)
    elif clearance.decision is ClearanceDecision.GRANTED:
        return replace(clearance.told(), decision=ClearanceDecision.VOID)
    return clearance.told()


def release(tx: Transaction, region: str, released: DealClearanceReleased) -> None:
    """Note that a clearance of a region is over; in the hub others may have what it held."""
    of_deal = store.of_deal(tx, released.deal_id)
    clearance = of_deal.setdefault(
        released.number, Clearance(released.deal_id, released.number, region)
    )
    if clearance.released:
        return
    clearance.released = True
    store.put(tx, clearance)
    if is_here(tx) and not any(each.holds for each in of_deal.values()):
        claims.release(tx, released.deal_id)


def _judge(
    tx: Transaction,
    request: DealClearanceRequested,
    clearance: Clearance,
    of_deal: Mapping[int, Clearance],
) -> tuple[ClearanceDecision, Obstacle | None]:
    if clearance.released or any(number > request.number for number in of_deal):
        return ClearanceDecision.VOID, None
    kinds = _keys(request)
    held = claims.take(tx, list(kinds), request.deal_id)
    if not held:
        return ClearanceDecision.GRANTED, None
    first = held[0]
    obstacle = Obstacle(first.holder_id, region_of(first.holder_id), kinds[first.key])
    return ClearanceDecision.REFUSED, obstacle


def _keys(request: DealClearanceRequested) -> dict[str, str]:
    """What is claimed for each hash, and what kind of identifier it is of."""
    return {f"clearance|{each.hash}|{request.product_line}": each.kind for each in request.hashes}
