"""Converting a deal: decided here, done in sales, noted here.

The decision is stored as the state "converting" before sales is asked, and sales answers the same
deal with the same handover; so a conversion that a crash interrupts is taken up by the timer and
ends once, whoever gets to it (ADR 0702).
"""

from __future__ import annotations

import logging
from datetime import timedelta

from meridian.sales.v1 import handover_pb2

from chassis.app import App
from chassis.call import Call
from chassis.errors import AlreadyExists, Invalid, MeridianError, NotFound, Refused
from services.partners.deals import sales, store
from services.partners.deals.decisions import decide
from services.partners.deals.domain import Deal
from services.partners.deals.particulars import HandoverResult
from services.partners.deals.states import DealOutcome, DealState, DealVerdict

log = logging.getLogger(__name__)

#: Answers of sales that will not change by asking again.
REFUSALS = (Refused, Invalid, NotFound, AlreadyExists)
#: How long a conversion may take before the timer takes it up.
PATIENCE = timedelta(seconds=15)


def finish(app: App, deal: Deal, call: Call) -> None:
    """Hand a converting deal over to sales and note what came of it.

    If sales is not to be reached the deal stays as it is, for the timer. Errors:
    Refused(DEAL_REFUSED_BY_SALES) after the deal was put back to approved.
    """
    try:
        handover = sales.hand_over(app, deal, call)
    except REFUSALS as refusal:
        _refuse(app, deal.id, refusal)
        raise Refused("DEAL_REFUSED_BY_SALES", cause=refusal.reason) from refusal
    except MeridianError as trouble:
        log.warning("conversion of %s waits: %s", deal.id, trouble.reason)
        return
    _complete(app, deal.id, handover)


def resume(app: App) -> None:
    """Take up every conversion that was left unfinished."""
    with app.reading() as tx:
        left = [store.get(tx, each) for each in store.left_converting(tx, tx.now - PATIENCE)]
    for deal in left:
        try:
            finish(app, deal, app.system_call())
        except MeridianError as refusal:
            log.warning("conversion of %s ended: %s", deal.id, refusal.reason)


def _complete(app: App, deal_id: str, handover: handover_pb2.Handover) -> None:
    result = HandoverResult(
        handover.id, handover.account_id, handover.contact_id, handover.opportunity_id
    )
    with app.transaction() as tx:
        deal = store.get(tx, deal_id)
        converted = deal.convert(result)
        if converted is None:
            return
        decide(tx, deal, DealVerdict.CONVERTED)
        tx.announce(converted)
        if handover.state == handover_pb2.HANDOVER_STATE_REVERTED:
            deal.settle(DealOutcome.LOST)
            decide(tx, deal, DealVerdict.LOST, "HANDOVER_REVERTED")


def _refuse(app: App, deal_id: str, refusal: MeridianError) -> None:
    with app.transaction() as tx:
        deal = store.get(tx, deal_id)
        if deal.refuse_conversion():
            decide(tx, deal, DealVerdict.CONVERSION_REFUSED, refusal.reason)


def is_handed_over(deal: Deal) -> bool:
    """Whether converting it has been decided before."""
    return deal.state in (DealState.CONVERTING, DealState.CONVERTED)
