"""What follows here from referrals that partners accept or give back."""

from __future__ import annotations

from meridian.partners.events.v1 import referral_events_pb2

from chassis.app import Transaction
from chassis.errors import NotFound
from services.marketing.leads import store
from services.marketing.leads.domain import CLOSED


def on_referral_accepted(tx: Transaction, event: referral_events_pb2.ReferralAccepted) -> None:
    """The partner works on the lead."""
    try:
        lead = store.get(tx, event.lead_id)
    except NotFound:
        return
    if lead.state in CLOSED:
        return
    lead.give_to_partner(event.partner_id)
    store.save(tx, lead)


def on_referral_ended(
    tx: Transaction,
    event: referral_events_pb2.ReferralRecalled | referral_events_pb2.ReferralDeclined,
) -> None:
    """The partner does not work on the lead any more."""
    try:
        lead = store.get(tx, event.lead_id)
    except NotFound:
        return
    lead.take_from_partner(event.partner_id)
    store.save(tx, lead)
