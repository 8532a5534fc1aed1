"""What follows here from opportunities that sales wins or opens again."""

from __future__ import annotations

from datetime import UTC

from meridian.sales.events.v1 import opportunity_events_pb2

from chassis.app import Transaction
from chassis.money import Money
from services.marketing.attribution import store
from services.marketing.attribution.domain import attribute
from services.marketing.touchpoints import store as touchpoints


def on_opportunity_won(tx: Transaction, event: opportunity_events_pb2.OpportunityWon) -> None:
    """Credit its revenue to the campaigns that touched its lead."""
    close_time = event.close_time.ToDatetime(UTC)
    touches = touchpoints.of_lead(tx, event.lead_id, close_time) if event.lead_id else []
    credits = attribute(
        opportunity_id=event.opportunity_id,
        lead_id=event.lead_id,
        campaign_id=event.campaign_id,
        amount=Money(event.amount.amount_minor, event.amount.currency),
        close_time=close_time,
        touchpoints=touches,
    )
    store.replace(tx, event.opportunity_id, credits)


def on_opportunity_reopened(
    tx: Transaction, event: opportunity_events_pb2.OpportunityReopened
) -> None:
    """Take its credits back."""
    store.replace(tx, event.opportunity_id, [])
