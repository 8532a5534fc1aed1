"""Which open opportunities stand in the way of a deal, through real gRPC (PRM-4)."""

from __future__ import annotations

from typing import Any

import pytest
from meridian.sales.v1.opportunity_service_pb2 import FindOpenDealsRequest, LoseOpportunityRequest

from chassis.errors import Denied, Invalid
from tests.component.sales.people import OPPORTUNITIES, account, opportunity, refusal_of
from tests.running import Caller, RunningService

TAX_ID = {"type": "IDENTIFIER_TYPE_TAX_ID", "issuer": "DE", "value": "DE 811 907 980"}
EMAIL = {"type": "IDENTIFIER_TYPE_EMAIL", "value": "info@acme.example"}


@pytest.fixture
def partners(sales: RunningService) -> Caller:
    """The partners service, which sees no opportunity itself."""
    return sales.caller("service_partners", "sales.open_deals.read@own")


def found(caller: Caller, **question: Any) -> list[tuple[str, list[str]]]:
    request = FindOpenDealsRequest(**question)
    deals = caller.call(OPPORTUNITIES).FindOpenDeals(request).deals
    return [(deal.opportunity_id, list(deal.matched_on)) for deal in deals]


def test_finds_by_tax_id_company_domain_and_name(anna: Caller, partners: Caller) -> None:
    acme = account(anna, name="Acme GmbH", identifiers=[TAX_ID, EMAIL])
    deal = opportunity(anna, acme.id, product_line="Storage")

    same_tax_id = TAX_ID | {"value": "de811907980"}
    colleague = EMAIL | {"value": "Lee@ACME.example"}
    site = {"type": "IDENTIFIER_TYPE_DOMAIN", "value": "www.acme.example"}
    assert found(partners, identifiers=[same_tax_id]) == [(deal.id, ["tax_id"])]
    assert found(partners, identifiers=[colleague]) == [(deal.id, ["domain"])]
    assert found(partners, identifiers=[site]) == [(deal.id, ["domain"])]
    assert found(partners, name="ACME, Inc.") == [(deal.id, ["name"])]
    assert found(partners, name="Globex") == []


def test_a_public_mail_host_is_no_company(anna: Caller, partners: Caller) -> None:
    first = account(anna, identifiers=[EMAIL | {"value": "acme@qq.com"}])
    deal = opportunity(anna, first.id)

    assert found(partners, identifiers=[EMAIL | {"value": "globex@qq.com"}]) == []
    assert found(partners, identifiers=[EMAIL | {"value": "acme@qq.com"}]) == [(deal.id, ["email"])]


def test_the_product_line_counts_unless_left_open(anna: Caller, partners: Caller) -> None:
    acme = account(anna)
    storage = opportunity(anna, acme.id, product_line="Storage").id
    undecided = opportunity(anna, acme.id).id
    cloud = opportunity(anna, acme.id, product_line="cloud").id

    def lines(product_line: str) -> list[str]:
        return [each for each, _ in found(partners, name="acme", product_line=product_line)]

    assert lines(" storage") == [storage, undecided]
    assert lines("Cloud") == [undecided, cloud]
    assert lines("") == [storage, undecided, cloud]


def test_closed_opportunities_stand_in_nobodys_way(anna: Caller, partners: Caller) -> None:
    deal = opportunity(anna, account(anna).id)
    lose = LoseOpportunityRequest(id=deal.id, reason="LOSS_REASON_TIMING")
    anna.call(OPPORTUNITIES).LoseOpportunity(lose)

    assert found(partners, name="Acme") == []


def test_tells_whose_deal_it_is_and_since_when(anna: Caller, partners: Caller) -> None:
    acme = account(anna)
    direct = opportunity(anna, acme.id)
    of_partner = opportunity(anna, acme.id, partner_id="partner_na_1", deal_id="deal_na_1")

    answer = partners.call(OPPORTUNITIES).FindOpenDeals(FindOpenDealsRequest(name="Acme"))

    assert [(d.direct, d.partner_id, d.deal_id, d.create_time) for d in answer.deals] == [
        (True, "", "", direct.create_time),
        (False, "partner_na_1", "deal_na_1", of_partner.create_time),
    ]
    assert answer.read_time.ToDatetime() >= of_partner.create_time.ToDatetime()


def test_a_question_about_nobody_is_refused(partners: Caller, sales: RunningService) -> None:
    refusal = refusal_of(lambda: found(partners, product_line="storage"))
    seller = sales.caller("user_otto", "sales.opportunities.*@region")

    assert (type(refusal), refusal.reason) == (Invalid, "CUSTOMER_REQUIRED")
    assert isinstance(refusal_of(lambda: found(seller, name="Acme")), Denied)
