"""What becomes of converted deals in sales, noted here (PRM-4)."""

from __future__ import annotations

from meridian.sales.events.v1 import handover_events_pb2, opportunity_events_pb2

from chassis.app import Transaction
from chassis.errors import Refused
from services.partners.deals import store
from services.partners.deals.conflicts import DealFinding, DealRule
from services.partners.deals.decisions import decide
from services.partners.deals.domain import Deal
from services.partners.deals.states import DealOutcome, DealVerdict


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
    return [DealFinding(DealRule.PROTECTED_DEAL, conflict=False)]
