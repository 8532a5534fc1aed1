"""Price rules and explained prices through real gRPC (SAL-4)."""

from __future__ import annotations

from typing import Any

import pytest
from meridian.sales.v1 import (
    channel_pb2,
    price_pb2,
    price_rule_pb2,
    price_rule_service_pb2,
    price_service_pb2,
    product_service_pb2,
)

from chassis.errors import Denied, Invalid, Refused
from tests.component.sales.catalogue import (
    PRICE_RULES,
    PRICES,
    PRODUCTS,
    euros,
    list_prices,
    price_book,
    price_rule,
    product,
    shop,
)
from tests.component.sales.people import account, every, refusal_of
from tests.running import Caller, RunningService


def explain(caller: Caller, **fields: Any) -> price_pb2.PriceExplanation:
    request = price_service_pb2.ExplainPriceRequest(**fields)
    answer: price_pb2.PriceExplanation = caller.call(PRICES).ExplainPrice(request)
    return answer


def test_a_price_is_explained_step_by_step(anna: Caller) -> None:
    at = shop(anna)
    friend = account(anna, name="Friend").id
    autumn = price_rule(anna, priority=5, product_line="storage")
    volume = price_rule(
        anna,
        name="Volume",
        kind=price_rule_pb2.PRICE_RULE_KIND_QUANTITY_BREAKS,
        quantity_breaks=[
            {"from_quantity": 10, "discount_basis_points": 500},
            {"from_quantity": 100, "unit_price": euros(700)},
        ],
    )
    private = price_rule(anna, name="Friends", account_id=friend, product_id=at.cable_id)

    price = explain(
        anna,
        product_id=at.cable_id,
        quantity=10,
        price_book_id=at.book_id,
        account_id=at.account_id,
    )

    assert (price.list_price.amount_minor, price.unit_price.amount_minor) == (999, 854)
    assert price.amount.amount_minor == 8540
    assert [(s.rule_id, s.outcome, s.after.amount_minor) for s in price.steps] == [
        ("", price_pb2.PRICE_STEP_OUTCOME_LIST_PRICE, 999),
        (autumn.id, price_pb2.PRICE_STEP_OUTCOME_APPLIED, 899),
        (volume.id, price_pb2.PRICE_STEP_OUTCOME_APPLIED, 854),
    ]
    for_friend = explain(
        anna, product_id=at.cable_id, quantity=100, price_book_id=at.book_id, account_id=friend
    )
    assert [s.rule_id for s in for_friend.steps] == ["", autumn.id, volume.id, private.id]
    assert for_friend.unit_price.amount_minor == 630


def test_the_book_is_found_by_region_currency_and_channel(anna: Caller) -> None:
    item = product(anna, "A").id
    everywhere, web = price_book(anna), price_book(anna, channel=channel_pb2.SALES_CHANNEL_WEB)
    list_prices(anna, everywhere.id, **{item: 100})
    list_prices(anna, web.id, **{item: 90})

    def price(**fields: Any) -> int:
        return explain(anna, product_id=item, quantity=1, **fields).list_price.amount_minor

    assert price(currency="EUR", channel=channel_pb2.SALES_CHANNEL_WEB) == 90
    assert price(currency="EUR", region="emea") == 100
    assert refusal_of(lambda: price(currency="USD")).reason == "NO_PRICE_BOOK"


def test_what_cannot_be_priced_is_refused(anna: Caller) -> None:
    at = shop(anna)
    known = {"product_id": at.cable_id, "quantity": 1, "price_book_id": at.book_id}
    unlisted = product(anna, "NEW").id
    old = price_book(anna, end_date="2026-01-01").id

    for change, kind, reason in [
        ({"product_id": "prod_na_none"}, Invalid, "PRODUCT_NOT_FOUND"),
        ({"price_book_id": "book_na_none"}, Invalid, "PRICE_BOOK_NOT_FOUND"),
        ({"on_date": "2026-02-30"}, Invalid, "DATE_INVALID"),
        ({"product_id": unlisted}, Refused, "NO_LIST_PRICE"),
        ({"price_book_id": old}, Refused, "PRICE_BOOK_NOT_VALID"),
    ]:
        refusal = refusal_of(lambda change=change: explain(anna, **(known | change)))
        assert isinstance(refusal, kind)
        assert refusal.reason == reason
    anna.call(PRODUCTS).RetireProduct(product_service_pb2.RetireProductRequest(id=at.cable_id))
    assert refusal_of(lambda: explain(anna, **known)).reason == "PRODUCT_RETIRED"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"quantity": 0, "price_book_id": "b"}, "quantity"),
        ({"quantity": 1}, ""),
        ({"quantity": 1, "price_book_id": "b", "on_date": "today"}, "on_date"),
    ],
)
def test_wrong_questions_are_named(anna: Caller, fields: dict[str, Any], field: str) -> None:
    refusal = refusal_of(lambda: explain(anna, product_id="prod_na_1", **fields))
    assert isinstance(refusal, Invalid)
    assert [v.field for v in refusal.violations] == [field]


def test_a_rule_is_laid_down_changed_and_removed(sales: RunningService, anna: Caller) -> None:
    rules = anna.call(PRICE_RULES)
    made = price_rule(
        anna, kind=price_rule_pb2.PRICE_RULE_KIND_FORMULA, formula="min(price, list_price * 0.8)"
    )
    assert rules.GetPriceRule(price_rule_service_pb2.GetPriceRuleRequest(id=made.id)) == made

    change = price_rule_service_pb2.UpdatePriceRuleRequest(
        price_rule={"id": made.id, "formula": "price - 1"}, update_mask={"paths": ["formula"]}
    )
    assert rules.UpdatePriceRule(change).formula == "price - 1"
    wrong = price_rule_service_pb2.UpdatePriceRuleRequest(
        price_rule={"id": made.id, "formula": "open('/etc/passwd')"},
        update_mask={"paths": ["formula"]},
    )
    refusal = refusal_of(lambda: rules.UpdatePriceRule(wrong))
    assert (refusal.reason, refusal.params["part"]) == (
        "FORMULA_NOT_UNDERSTOOD",
        "open('/etc/passwd')",
    )
    assert [row["formula"] for row in sales.table("price_rules")] == ["price - 1"]
    rules.DeletePriceRule(price_rule_service_pb2.DeletePriceRuleRequest(id=made.id, etag="2"))
    assert sales.table("price_rules") == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"product_id": "prod_na_none"}, "PRODUCT_NOT_FOUND"),
        ({"price_book_id": "book_na_none"}, "PRICE_BOOK_NOT_FOUND"),
        ({"account_id": "account_na_none"}, "ACCOUNT_NOT_FOUND"),
        ({"kind": price_rule_pb2.PRICE_RULE_KIND_FIXED}, "PRICE_RULE_INCOMPLETE"),
        ({"start_date": "2026-02-02", "end_date": "2026-02-02"}, "DATES_REVERSED"),
        ({"discount_basis_points": 10_001}, "INVALID_FIELDS"),
        ({"kind": 9}, "INVALID_FIELDS"),
        ({"stacking": 0}, "INVALID_FIELDS"),
    ],
)
def test_a_rule_that_cannot_hold_is_refused(
    sales: RunningService, anna: Caller, fields: dict[str, Any], reason: str
) -> None:
    refusal = refusal_of(lambda: price_rule(anna, **fields))
    assert isinstance(refusal, Invalid)
    assert refusal.reason == reason
    assert sales.table("price_rules") == []


def test_lists_go_by_priority(anna: Caller) -> None:
    for name, priority in [("low", -1), ("high", 9), ("middle", 3)]:
        price_rule(anna, name=name, priority=priority)

    def names(**query: object) -> list[str]:
        ask = anna.call(PRICE_RULES).ListPriceRules
        request = price_rule_service_pb2.ListPriceRulesRequest
        return [rule.name for rule in every(ask, request, **query)]

    assert names(page_size=2) == ["high", "middle", "low"]
    assert names(filter="priority >= 0 AND kind = PERCENT", order_by="name") == ["high", "middle"]


def test_prices_are_for_those_who_may_see_them(sales: RunningService, anna: Caller) -> None:
    at = shop(anna)
    stranger = sales.caller("user_stan", "sales.products.read@all")
    refusal = refusal_of(
        lambda: explain(stranger, product_id=at.cable_id, quantity=1, price_book_id=at.book_id)
    )
    assert isinstance(refusal, Denied)
    assert refusal.params == {"permission": "sales.prices.read"}
