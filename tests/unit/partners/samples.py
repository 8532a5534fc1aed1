"""Valid records to start a test from."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from chassis.money import Money
from services.partners.deals.conflicts import DealFinding, DealRule
from services.partners.deals.customer import DealCustomer
from services.partners.deals.domain import Deal
from services.partners.partners.domain import Partner, PartnerTerms, PartnerTier
from services.partners.partners.due_diligence import (
    DueDiligenceCheck,
    DueDiligenceEntry,
    DueDiligenceResult,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TERMS = PartnerTerms(PartnerTier.GOLD, 1250, "EUR")
#: What the rules of the own region say if nothing is in the way.
CLEAR = tuple(
    DealFinding(rule, conflict=False) for rule in DealRule if rule is not DealRule.OTHER_REGION
)


def an_application(**fields: Any) -> Partner:
    """A company that has applied."""
    named = {"name": "Hanse IT", "legal_name": "Hanse IT Systemhaus GmbH", "country": "DE"}
    owned = {"owner_id": "user_na_1", "team_id": "team_na_1", "business_unit_id": "bu_na_1"}
    return Partner(id="partner_na_1", **(named | owned | fields))


def a_check(
    check: DueDiligenceCheck, result: DueDiligenceResult = DueDiligenceResult.PASSED
) -> DueDiligenceEntry:
    """One check made now."""
    return DueDiligenceEntry(check, result, "report 17", "user_na_1", NOW)


def an_active_partner(**fields: Any) -> Partner:
    """A company that has come through onboarding, at 12.50 % in EUR."""
    partner = an_application(**fields)
    partner.examine()
    for check in DueDiligenceCheck:
        partner.check(a_check(check))
    partner.offer_agreement(TERMS)
    partner.sign_agreement("C-2026-17", date(2026, 11, 20), at=NOW)
    partner.activate()
    return partner


def a_draft(**fields: Any) -> Deal:
    """A deal with all that is needed to submit it."""
    complete: dict[str, Any] = {
        "customer": DealCustomer("Nordwind AG", "DE 811 222 333", "nordwind.example", "DE"),
        "product_line": "Storage",
        "expected_amount": Money(25_000_000, "EUR"),
        "expected_close_date": "2027-03-31",
    }
    return Deal(id="deal_na_1", partner_id="partner_na_1", **(complete | fields))


def a_deal_under_review(**fields: Any) -> Deal:
    """A complete deal that waits for its decision."""
    deal = a_draft(**fields)
    deal.submit(an_active_partner(), at=NOW)
    deal.review(CLEAR)
    return deal


def an_approved_deal(**fields: Any) -> Deal:
    """A deal protected for the usual time from now."""
    deal = a_deal_under_review(**fields)
    deal.approve(an_active_partner(), CLEAR, protection_days=0, at=NOW)
    return deal
