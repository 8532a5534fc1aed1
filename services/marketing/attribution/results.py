"""What a campaign has brought and cost: leads, wins, revenue, cost per lead (MKT-8)."""

from __future__ import annotations

from fractions import Fraction

from meridian.marketing.v1 import campaign_pb2
from meridian.type.v1 import money_pb2

from chassis.app import Transaction
from chassis.money import Money
from chassis.records.encoding import to_proto
from services.marketing.attribution import store
from services.marketing.campaigns import store as campaigns
from services.marketing.campaigns.domain import Campaign
from services.marketing.leads import store as leads


def of_campaign(tx: Transaction, campaign: Campaign) -> campaign_pb2.CampaignResults:
    """A campaign's results with those of its tactics. Costs of tactics in other currencies are left out."""
    family = campaigns.with_tactics(tx, campaign.id)
    ids = [each.id for each in family]
    captured, converted = leads.count_of_campaigns(tx, ids)
    cost = Money.total(
        [each.actual for each in family if each.currency == campaign.currency], campaign.currency
    )
    results = campaign_pb2.CampaignResults(
        campaign_id=campaign.id,
        leads=captured,
        leads_converted=converted,
        actual_cost=_proto(cost),
        first_touch_revenue=_proto(Money.zero(campaign.currency)),
        last_touch_revenue=_proto(Money.zero(campaign.currency)),
    )
    if captured:
        results.cost_per_lead.CopyFrom(_proto(cost.times(Fraction(1, captured))))
    for row in store.revenue_of(tx, ids):
        revenue = _proto(Money(int(row.revenue_minor), row.amount_currency))
        setattr(results, f"{row.model}_wins", getattr(results, f"{row.model}_wins") + row.wins)
        if row.amount_currency == campaign.currency:
            getattr(results, f"{row.model}_revenue").CopyFrom(revenue)
        else:
            getattr(results, f"other_{row.model}_revenue").append(revenue)
    return results


def _proto(amount: Money) -> money_pb2.Money:
    return to_proto(amount, money_pb2.Money)
