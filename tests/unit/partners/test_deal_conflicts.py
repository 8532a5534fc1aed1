"""A customer is recognised by any identifier; of many registrations the earliest wins (PRM-4)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refused
from services.partners.deals.conflicts import (
    DealFinding,
    DealRule,
    OpenOpportunity,
    Registration,
    Surroundings,
    examine,
    refuse_conflicts,
)
from services.partners.deals.customer import (
    DealCustomer,
    customer_keys,
    identifier_of,
    is_public_email_domain,
    normal_email_domain,
    normal_name,
    normal_tax_id,
)
from tests.unit.partners.samples import CLEAR, NOW


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nordwind AG", "NORDWIND"),
        ("Müller & Söhne GmbH", "Muller Sohne"),
        ("A.C.M.E., Inc.", "acme incorporated"),
        ("深圳市北风科技有限公司", "深圳市北风科技"),
        ("Co. KG", "CO KG"),
    ],
)
def test_names_are_compared_by_what_tells_companies_apart(one: str, other: str) -> None:
    assert normal_name(one) == normal_name(other) != ""


def test_keys_hold_every_identifier_and_the_product_line() -> None:
    customer = DealCustomer("Nordwind AG", "DE 811.222", "@WWW.Nordwind.Example.", "DE")
    assert customer_keys(customer, " Storage ") == [
        "email_domain:nordwind.example|storage",
        "name:nordwind@DE|storage",
        "tax_id:de811222|storage",
    ]
    assert identifier_of("email_domain:nordwind.example|storage") == "email_domain"
    assert customer_keys(DealCustomer(country="DE"), "storage") == []


def test_names_in_two_countries_differ() -> None:
    german = customer_keys(DealCustomer("Nordwind", country="DE"), "storage")
    danish = customer_keys(DealCustomer("Nordwind", country="DK"), "storage")
    assert set(german).isdisjoint(danish)


@given(st.text(max_size=40))
def test_a_normal_tax_id_stays_as_it_is(text: str) -> None:
    assert normal_tax_id(normal_tax_id(text)) == normal_tax_id(text)


@pytest.mark.parametrize(
    "domain", ["@Nordwind.Example", "www.nordwind.example.", " NORDWIND.example"]
)
def test_a_domain_is_compared_without_decoration(domain: str) -> None:
    assert normal_email_domain(domain) == "nordwind.example"


def test_public_domains() -> None:
    assert is_public_email_domain("@QQ.com")
    assert not is_public_email_domain("nordwind.example")


def test_nothing_in_the_way_is_said_for_every_rule() -> None:
    assert examine("deal_1", "partner_1", NOW, Surroundings([], [], [])) == CLEAR


def test_every_rule_names_what_stands_in_the_way() -> None:
    surroundings = Surroundings(
        protected=[Registration("deal_2", "partner_1", NOW, "tax_id")],
        waiting=[Registration("deal_3", "partner_3", NOW - timedelta(seconds=1), "name")],
        opportunities=[OpenOpportunity("opp_1", "", "email_domain")],
    )
    findings = examine("deal_1", "partner_1", NOW, surroundings)
    assert findings == (
        DealFinding(DealRule.PROTECTED_DEAL, True, "deal_2", "tax_id"),
        DealFinding(DealRule.OPEN_OPPORTUNITY, True, "opp_1", "email_domain"),
        DealFinding(DealRule.EARLIER_REGISTRATION, True, "deal_3", "name"),
    )
    for finding, reason in zip(
        findings,
        ("DEAL_PROTECTED_FOR_OTHER", "DEAL_OPPORTUNITY_OPEN", "DEAL_EARLIER_REGISTRATION"),
        strict=True,
    ):
        with pytest.raises(Refused, match=reason):
            refuse_conflicts([finding])
    refuse_conflicts(CLEAR)


def test_what_belongs_to_the_deal_or_its_partner_is_no_conflict() -> None:
    surroundings = Surroundings(
        protected=[Registration("deal_1", "partner_1", NOW, "tax_id")],
        waiting=[Registration("deal_0", "partner_1", NOW - timedelta(days=1), "tax_id")],
        opportunities=[OpenOpportunity("opp_1", "partner_1")],
    )
    assert examine("deal_1", "partner_1", NOW, surroundings) == CLEAR


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_exactly_one_of_many_partners_was_first(seconds: list[int]) -> None:
    waiting = [
        Registration(f"deal_{n}", f"partner_{n}", NOW + timedelta(seconds=s), "tax_id")
        for n, s in enumerate(seconds)
    ]
    surroundings = Surroundings([], waiting, [])
    clear = [
        each.deal_id
        for each in waiting
        if examine(each.deal_id, each.partner_id, each.complete_time, surroundings) == CLEAR
    ]
    assert clear == [min(waiting, key=lambda r: (r.complete_time, r.deal_id)).deal_id]
