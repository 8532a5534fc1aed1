"""Field rules count for what a request says, and of an update for what it changes."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct
from meridian.sales.v1.account_service_pb2 import CreateAccountRequest, UpdateAccountRequest
from meridian.sales.v1.opportunity_service_pb2 import (
    CreateOpportunityRequest,
    UpdateOpportunityRequest,
)
from meridian.sales.v1.price_service_pb2 import ExplainPriceRequest

from chassis import validation
from chassis.errors import Invalid

#: An opportunity in a currency that there is not.
DEAL: Any = {
    "id": "o",
    "name": "Servers",
    "account_id": "a",
    "amount": {"amount_minor": 1, "currency": "QQQ"},
}


def broken(request: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refusal:
        validation.check(request)
    return [(violation.field, violation.reason) for violation in refusal.value.violations]


def test_a_new_record_needs_its_required_fields() -> None:
    assert broken(CreateAccountRequest(account={"industry": "x" * 61})) == [
        ("account.name", "STRING_MIN_LEN"),
        ("account.industry", "STRING_MAX_LEN"),
    ]
    assert broken(CreateAccountRequest()) == [("account", "REQUIRED")]


def test_an_update_needs_only_what_it_changes_to_be_right() -> None:
    validation.check(UpdateAccountRequest(account={"id": "a", "industry": "retail"}))
    request = UpdateAccountRequest(
        account={"id": "a", "industry": "x" * 61}, update_mask={"paths": ["partner_id"]}
    )
    validation.check(request)


def test_what_an_update_changes_must_be_right() -> None:
    unset = UpdateAccountRequest(account={"id": "a"}, update_mask={"paths": ["name"]})
    assert broken(unset) == [("account.name", "STRING_MIN_LEN")]
    inner = UpdateAccountRequest(account={"id": "a", "addresses": [{"purpose": 1, "country": "x"}]})
    assert broken(inner) == [("account.addresses[0].country", "STRING_PATTERN")]
    assert broken(UpdateAccountRequest()) == [("account", "REQUIRED")]


def test_no_text_holds_the_character_nul() -> None:
    addresses = [{"purpose": 1, "country": "DE", "city": city} for city in ("Bonn", "a\0b")]
    assert broken(CreateAccountRequest(account={"name": "\0", "addresses": addresses})) == [
        ("account.name", "TEXT_WITH_NUL"),
        ("account.addresses[1].city", "TEXT_WITH_NUL"),
    ]
    template = Struct()
    template.update({"a": {"b": ["fine", "not\0"]}, "c\0": 1})
    assert {reason for _, reason in broken(template)} == {"TEXT_WITH_NUL"}
    assert len(broken(template)) == 2


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (CreateOpportunityRequest(opportunity=DEAL), "opportunity.amount.currency"),
        (UpdateOpportunityRequest(opportunity=DEAL), "opportunity.amount.currency"),
        (
            ExplainPriceRequest(product_id="p", quantity=1, currency="QQQ"),
            "currency",
        ),
    ],
)
def test_a_currency_is_one_of_iso_4217(request_: Any, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        validation.check(request_)

    assert refusal.value.reason == "CURRENCY_UNKNOWN"
    assert refusal.value.params == {"currency": "QQQ"}
    assert [each.field for each in refusal.value.violations] == [field]


def test_a_currency_that_an_update_leaves_as_it_is_is_not_asked() -> None:
    update = UpdateOpportunityRequest(opportunity=DEAL, update_mask={"paths": ["name"]})
    validation.check(update)
