"""A deal on its way through the hub: what each answer means, and by what its customer is compared (PRM-4, PLT-4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.errors import Refused
from chassis.match_keys import MatchKeys
from services.partners.clearances.domain import DealClearanceReleased
from services.partners.deals.clearing import NO_KEYS, customer_hashes
from services.partners.deals.customer import DealCustomer
from services.partners.deals.domain import Deal
from services.partners.deals.events import DealApproved, DealConflicted
from services.partners.deals.states import DealState
from services.sales.identifiers.domain import Identifier, IdentifierType, normalise
from services.sales.identifiers.matching import hashed
from tests.unit.partners.samples import CLEAR, NOW, a_deal_under_review, an_active_partner

KEYS = MatchKeys("k2", {"k1": b"1" * 32, "k2": b"2" * 32})
LATER = NOW + timedelta(hours=1)


def a_clearing_deal() -> Deal:
    deal = a_deal_under_review()
    deal.ask_anew()
    deal.begin_clearing(an_active_partner(), CLEAR, protection_days=30, at=NOW)
    deal.note_asked("k1", at=NOW)
    return deal


def test_a_granted_deal_is_protected_from_the_answer_on() -> None:
    deal = a_clearing_deal()
    assert deal.protected

    approved = deal.clear(at=LATER)

    assert isinstance(approved, DealApproved)
    assert approved.protection_end_time == LATER + timedelta(days=30)
    assert (deal.state, deal.approve_time, deal.clearing_time) == (DealState.APPROVED, LATER, None)
    assert deal.clear(at=LATER) is None


def test_a_refused_deal_is_in_conflict_and_may_be_reviewed_again() -> None:
    deal = a_clearing_deal()

    conflicted = deal.conflict("deal_emea_1", "emea")

    assert conflicted == DealConflicted("deal_na_1", "partner_na_1", "deal_emea_1", "emea")
    assert (deal.state, deal.protected) == (DealState.CONFLICTED, False)
    assert deal.end_clearance(deal.id) is None
    deal.review(CLEAR)
    assert deal.state is DealState.UNDER_REVIEW


def test_a_withdrawn_deal_gives_its_clearance_back_once() -> None:
    deal = a_clearing_deal()

    deal.withdraw()

    assert deal.end_clearance(deal.id) == DealClearanceReleased("deal_na_1", 1)
    assert deal.end_clearance(deal.id) is None
    assert deal.clear(at=LATER) is None
    with pytest.raises(Refused, match="DEAL_NOT_WITHDRAWABLE"):
        deal.withdraw()


def test_what_the_hub_was_never_asked_about_is_not_given_back() -> None:
    deal = a_clearing_deal()
    deal.note_asked("", at=NOW)

    assert deal.clearance_keys == NO_KEYS
    assert deal.end_clearance(deal.id) is None


def test_the_hub_is_asked_again_about_what_waits() -> None:
    deal = a_clearing_deal()

    assert deal.waits_since(NOW)
    assert not deal.waits_since(NOW - timedelta(seconds=1))
    deal.clear(at=LATER)
    assert not deal.waits_since(LATER)


def test_a_tax_id_has_the_same_hash_in_partners_and_in_sales() -> None:
    typed = normalise(Identifier(IdentifierType.TAX_ID, "de 811.222-333", "DE"))
    in_sales = hashed([typed], KEYS)

    in_partners = customer_hashes(DealCustomer(tax_id="811222333", country="DE"), KEYS)

    assert in_partners == in_sales
    assert [each.key_id for each in in_partners] == ["k1", "k2"]


def test_every_identifier_of_a_customer_has_a_hash_under_each_key() -> None:
    customer = DealCustomer("Nordwind AG", "DE 811", "WWW.Nordwind.example", "DE")
    same = DealCustomer("NORDWIND", "de811", "nordwind.example", "DE")

    assert customer_hashes(customer, KEYS) == customer_hashes(same, KEYS)
    assert [(each.kind, each.key_id) for each in customer_hashes(customer, KEYS)] == [
        (kind, key_id) for kind in ("tax_id", "email_domain", "name") for key_id in ("k1", "k2")
    ]
