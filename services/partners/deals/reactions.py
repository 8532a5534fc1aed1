"""What becomes of converted deals in sales, noted here (PRM-4)."""

from __future__ import annotations

from meridian.partners.events.v1 import clearance_events_pb2
from meridian.sales.events.v1 import handover_events_pb2, opportunity_events_pb2

from chassis.app import Transaction
from chassis.errors import Refused
from chassis.ids import region_of
from services.partners.clearances import store as clearances
from services.partners.clearances.domain import ClearanceDecision, DealClearanceReleased
from services.partners.clearances.reactions import is_of_hub
from services.partners.deals import store
from services.partners.deals.approval import obstacle_of, seek
from services.partners.deals.conflicts import DealFinding, DealRule
from services.partners.deals.decisions import decide
from services.partners.deals.domain import Deal
from services.partners.deals.states import DealOutcome, DealState, DealVerdict


def won(tx: Transaction, event: opportunity_events_pb2.OpportunityWon) -> None:
    """The deal has reached its end; the customer is free for the next one."""
    deal = store.converted_into(tx, event.deal_id, event.opportunity_id)
    if deal is not None and deal.settle(DealOutcome.WON):
        decide(tx, deal, DealVerdict.WON)


def lost(tx: Transaction, event: opportunity_events_pb2.OpportunityLost) -> None:
    """The deal came to nothing; the customer is free for another one."""
    deal = store.converted_into(tx, event.deal_id, event.opportunity_id)
    if deal is not None and deal.settle(DealOutcome.LOST):
        decide(tx, deal, DealVerdict.LOST, event.reason)


def reopened(tx: Transaction, event: opportunity_events_pb2.OpportunityReopened) -> None:
    """The deal is alive again, and protected again unless another one is by now."""
    deal = store.converted_into(tx, event.deal_id, event.opportunity_id)
    if deal is not None and deal.settle(DealOutcome.OPEN):
        decide(tx, deal, DealVerdict.REOPENED, findings=_protect_again(tx, deal))


def reverted(tx: Transaction, event: handover_events_pb2.HandoverReverted) -> None:
    """Sales gave the deal up before anything happened to it."""
    deal = store.handed_over_as(tx, event.deal_id, event.handover_id)
    if deal is not None and deal.settle(DealOutcome.LOST):
        decide(tx, deal, DealVerdict.LOST, "HANDOVER_REVERTED")


def cleared(tx: Transaction, event: clearance_events_pb2.DealClearanceDecided) -> None:
    """The hub has decided about a deal of this region: it is protected, or another region's deal is.

    What is decided about a clearance that is over, or was told before, changes nothing.
    """
    if not is_of_hub(tx) or region_of(event.deal_id) != tx.region:
        return
    deal = store.find(tx, event.deal_id)
    if deal is None or deal.clearance_number != event.number or not deal.clearance_keys:
        _give_back(tx, event)
        return
    if event.decision == ClearanceDecision.GRANTED:
        approved = deal.clear(at=tx.now)
        if approved is not None:
            clear = DealFinding(DealRule.OTHER_REGION, conflict=False)
            decide(tx, deal, DealVerdict.APPROVED, findings=[clear])
            tx.announce(approved)
    elif event.decision == ClearanceDecision.REFUSED:
        conflicted = deal.conflict(event.conflicting_deal_id, event.conflicting_region)
        finding = DealFinding(
            DealRule.OTHER_REGION, True, event.conflicting_deal_id, event.identifier
        )
        decide(tx, deal, DealVerdict.CONFLICTED, findings=[finding])
        if conflicted is not None:
            tx.announce(conflicted)
    elif deal.state is DealState.CLEARING:
        # The hub knows of an end that this region, restored to an earlier moment, has forgotten.
        deal.ask_anew()
        seek(tx, deal)
        store.save(tx, deal)


def ended(tx: Transaction, event: clearance_events_pb2.DealClearanceReleased) -> None:
    """A clearance of this region is over. If it holds here, its end is forgotten since a restore: the deal is
    protected here and nowhere else, so the hub is asked again.
    """
    deal = store.find(tx, event.deal_id) if tx.call.origin == tx.region else None
    if deal is None or deal.clearance_number != event.number or not deal.clearance_keys:
        return
    deal.ask_anew()
    seek(tx, deal)
    store.save(tx, deal)


def _give_back(tx: Transaction, event: clearance_events_pb2.DealClearanceDecided) -> None:
    """Nobody here wants this clearance: it is over, or the question is forgotten since a restore."""
    known = clearances.of_deal(tx, event.deal_id).get(event.number)
    if event.decision == ClearanceDecision.GRANTED and not (known and known.released):
        tx.announce(DealClearanceReleased(event.deal_id, event.number))


def _protect_again(tx: Transaction, deal: Deal) -> list[DealFinding]:
    try:
        store.protect(tx, deal)
    except Refused as taken:
        return [
            DealFinding(
                DealRule.PROTECTED_DEAL,
                True,
                taken.params["conflicting_id"],
                taken.params["identifier"],
            )
        ]
    deal.ask_anew()
    elsewhere = obstacle_of(seek(tx, deal))
    if elsewhere is not None:
        deal.lose_clearance()
        return [elsewhere]
    return [DealFinding(DealRule.PROTECTED_DEAL, conflict=False)]
