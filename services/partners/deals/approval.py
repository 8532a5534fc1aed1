"""Approving a deal for all regions: the hub decides at once, another region asks it (PRM-4, ADR 0932)."""

from __future__ import annotations

from collections.abc import Sequence

from chassis import match_keys
from chassis.app import Transaction
from chassis.errors import Refused
from services.partners.clearances import arbiter
from services.partners.clearances.domain import ClearanceDecision, DealClearanceDecided
from services.partners.deals import store
from services.partners.deals.clearing import request_of
from services.partners.deals.conflicts import REFUSALS, DealFinding, DealRule
from services.partners.deals.customer import DealCustomer
from services.partners.deals.decisions import decide
from services.partners.deals.domain import Deal
from services.partners.deals.states import DealVerdict
from services.partners.partners.domain import Partner


def approve(
    tx: Transaction,
    deal: Deal,
    partner: Partner,
    findings: Sequence[DealFinding],
    *,
    protection_days: int,
    note: str,
) -> None:
    """Protect a deal, or in a region that is not the hub take what can be taken here and ask the hub.

    Errors: those of Deal.approve; Refused(DEAL_PROTECTED_FOR_OTHER), Refused(DEAL_PROTECTED_IN_REGION),
    Refused(MATCH_KEYS_MISSING).
    """
    deal.ask_anew()
    if not arbiter.is_here(tx):
        deal.begin_clearing(partner, findings, protection_days=protection_days, at=tx.now)
        store.protect(tx, deal)
        _require_keys(tx)
        seek(tx, deal)
        decide(tx, deal, DealVerdict.CLEARING_STARTED, note, findings)
        return
    approved = deal.approve(partner, findings, protection_days=protection_days, at=tx.now)
    store.protect(tx, deal)
    _refuse_obstacle(seek(tx, deal))
    decide(tx, deal, DealVerdict.APPROVED, note, findings)
    tx.announce(approved)


def seek(tx: Transaction, deal: Deal) -> DealClearanceDecided | None:
    """Have the present clearance of a deal decided: the decision in the hub, None if the answer comes later.

    Asked again, it brings the hashes of now. Without keys it is noted that this is still to be done.
    """
    keys = match_keys.read(tx.regions.match_keys_file)
    deal.note_asked(keys.ids, at=tx.now)
    if not keys.ids:
        return None
    customer = deal.customer or DealCustomer()
    request = request_of(deal.id, deal.clearance_number, deal.product_line, customer, keys)
    if not arbiter.is_here(tx):
        tx.announce(request)
        return None
    decided = arbiter.decide(tx, tx.region, request)
    tx.announce(decided)
    return decided


def obstacle_of(decided: DealClearanceDecided | None) -> DealFinding | None:
    """What stands in the way in another region, if something does."""
    if decided is None or decided.decision is not ClearanceDecision.REFUSED:
        return None
    return DealFinding(DealRule.OTHER_REGION, True, decided.conflicting_deal_id, decided.identifier)


def _require_keys(tx: Transaction) -> None:
    if not match_keys.read(tx.regions.match_keys_file).ids:
        raise Refused("MATCH_KEYS_MISSING", region=tx.region)


def _refuse_obstacle(decided: DealClearanceDecided | None) -> None:
    finding = obstacle_of(decided)
    if decided is not None and finding is not None:
        raise Refused(
            REFUSALS[DealRule.OTHER_REGION],
            conflicting_id=finding.conflicting_id,
            identifier=finding.identifier,
            region=decided.conflicting_region,
        )
