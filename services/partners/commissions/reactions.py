"""What partners earn with won deals, and give back when they were not won after all (PRM-7)."""

from __future__ import annotations

from datetime import UTC

from meridian.sales.events.v1 import opportunity_events_pb2

from chassis.app import Transaction
from chassis.errors import Invalid
from chassis.money import Money
from services.partners.commissions import store
from services.partners.commissions.domain import Commission, commission_on
from services.partners.deals import store as deals


def won(tx: Transaction, event: opportunity_events_pb2.OpportunityWon) -> None:
    """Accrue the commission on a partner's deal, once.

    Errors: Invalid(COMMISSION_WITHOUT_AMOUNT); Unavailable(DEAL_CONVERTING).
    """
    deal = deals.converted_into(tx, event.deal_id, event.opportunity_id)
    if deal is None:
        return
    if not event.HasField("amount"):
        raise Invalid("COMMISSION_WITHOUT_AMOUNT", opportunity_id=event.opportunity_id)
    base = Money(event.amount.amount_minor, event.amount.currency)
    commission = Commission(
        tx.new_id("commission"),
        deal.partner_id,
        deal.id,
        event.opportunity_id,
        base,
        deal.commission_rate_bp,
        commission_on(base, deal.commission_rate_bp),
        event.close_time.ToDatetime(UTC),
        owner_id=deal.owner_id,
        team_id=deal.team_id,
        business_unit_id=deal.business_unit_id,
    )
    if store.add(tx, commission):
        tx.announce(commission.accrue())


def lost(tx: Transaction, event: opportunity_events_pb2.OpportunityLost) -> None:
    """Take the commission back, if there is one."""
    _reverse(tx, event.deal_id, event.opportunity_id, "OPPORTUNITY_LOST")


def reopened(tx: Transaction, event: opportunity_events_pb2.OpportunityReopened) -> None:
    """Take the commission back, if there is one; winning the opportunity again accrues another."""
    _reverse(tx, event.deal_id, event.opportunity_id, "OPPORTUNITY_REOPENED")


def _reverse(tx: Transaction, deal_id: str, opportunity_id: str, note: str) -> None:
    deal = deals.converted_into(tx, deal_id, opportunity_id)
    commission = store.standing(tx, deal.id) if deal is not None else None
    if commission is None:
        return
    taken_back = commission.reverse()
    store.save(tx, commission, note)
    tx.announce(taken_back)
