"""The pricing engine: exact, deterministic, never below zero, and explained step by step (SAL-4)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid
from chassis.money import Money
from services.sales.price_books.domain import SalesChannel
from services.sales.pricing.domain import (
    APPLIED,
    HIGHEST_PRICE,
    PriceQuestion,
    PriceRule,
    PriceRuleKind,
    PriceStepOutcome,
    QuantityBreak,
    StackingPolicy,
    explain,
)

QUESTION = PriceQuestion(
    product_id="prod_1",
    product_line="storage",
    price_book_id="book_1",
    channel=SalesChannel.DIRECT,
    account_id="acct_1",
    quantity=10,
    on_date="2026-06-01",
    list_price=Money(10_000, "EUR"),
)


def rule(rule_id: str = "rule_1", **changes: object) -> PriceRule:
    fields = {
        "id": rule_id,
        "name": f"name of {rule_id}",
        "kind": PriceRuleKind.PERCENT,
        "stacking": StackingPolicy.STACKABLE,
        "discount_basis_points": 1000,
    }
    return PriceRule(**(fields | changes))  # type: ignore[arg-type]


def outcomes(*rules: PriceRule) -> list[str]:
    return [step.outcome.value for step in explain(QUESTION, rules).steps]


def unit_price(*rules: PriceRule, question: PriceQuestion = QUESTION) -> int:
    return explain(question, rules).unit_price.amount_minor


def test_without_rules_it_is_the_list_price() -> None:
    price = explain(QUESTION, [])
    assert price.unit_price == price.list_price == Money(10_000, "EUR")
    assert [step.outcome for step in price.steps] == [PriceStepOutcome.LIST_PRICE]


def test_each_rule_works_on_what_the_one_before_left() -> None:
    first = rule("rule_b", priority=5)
    second = rule("rule_a", kind=PriceRuleKind.FORMULA, formula="min(price, list_price - 5) - 1.99")
    price = explain(QUESTION, [second, first])
    assert [(s.rule_id, s.before.amount_minor, s.after.amount_minor) for s in price.steps] == [
        ("", 10_000, 10_000),
        ("rule_b", 10_000, 9_000),
        ("rule_a", 9_000, 8_801),
    ]
    assert price.steps[1].rule_name == "name of rule_b"


@pytest.mark.parametrize(
    ("scope", "outcome"),
    [
        ({"product_id": "prod_2"}, "other_product"),
        ({"product_line": "network"}, "other_product_line"),
        ({"price_book_id": "book_2"}, "other_price_book"),
        ({"channel": SalesChannel.WEB}, "other_channel"),
        ({"account_id": "acct_2"}, "other_account"),
        ({"start_date": "2026-06-02"}, "not_yet_valid"),
        ({"end_date": "2026-06-01"}, "no_longer_valid"),
        ({"product_id": "prod_1", "account_id": "acct_2"}, "other_account"),
        (
            {"product_id": "prod_1", "channel": SalesChannel.DIRECT, "account_id": "acct_1"},
            "applied",
        ),
        ({"start_date": "2026-06-01", "end_date": "2026-06-02"}, "applied"),
    ],
)
def test_a_rule_applies_only_within_its_scope(scope: dict[str, object], outcome: str) -> None:
    assert outcomes(rule(**scope)) == ["list_price", outcome]


def test_ranges_of_quantity_are_half_open() -> None:
    breaks = rule(
        kind=PriceRuleKind.QUANTITY_BREAKS,
        quantity_breaks=(
            QuantityBreak(10, discount_basis_points=500),
            QuantityBreak(20, unit_price=Money(8_000, "EUR")),
        ),
    )
    prices = [unit_price(breaks, question=replace(QUESTION, quantity=q)) for q in (9, 10, 19, 20)]
    assert prices == [10_000, 9_500, 9_500, 8_000]
    few = explain(replace(QUESTION, quantity=9), [breaks])
    assert few.steps[1].outcome is PriceStepOutcome.QUANTITY_TOO_SMALL


def test_a_price_in_another_currency_is_skipped() -> None:
    fixed = rule(kind=PriceRuleKind.FIXED, fixed_price=Money(1, "USD"))
    assert outcomes(fixed) == ["list_price", "other_currency"]
    by_quantity = rule(
        kind=PriceRuleKind.QUANTITY_BREAKS,
        quantity_breaks=(QuantityBreak(1, unit_price=Money(1, "USD")),),
    )
    assert outcomes(by_quantity) == ["list_price", "other_currency"]


def test_the_last_rule_ends_the_search_and_an_exclusive_one_stands_alone() -> None:
    stackable = rule("rule_1", priority=3)
    last = rule("rule_2", priority=2, stacking=StackingPolicy.LAST)
    after = rule("rule_3", priority=1)
    assert outcomes(stackable, last, after) == [
        "list_price",
        "applied",
        "applied",
        "after_the_last",
    ]
    exclusive = rule("rule_4", priority=9, stacking=StackingPolicy.EXCLUSIVE)
    assert outcomes(exclusive, stackable) == ["list_price", "applied", "after_the_last"]
    late = replace(exclusive, priority=-9)
    assert outcomes(stackable, late, rule("rule_5", priority=-10)) == [
        "list_price",
        "applied",
        "not_alone",
        "applied",
    ]


def test_a_formula_without_a_result_is_skipped_and_nothing_goes_below_zero() -> None:
    by_zero = rule(kind=PriceRuleKind.FORMULA, formula="price / (quantity - 10)")
    assert outcomes(by_zero) == ["list_price", "without_result"]
    too_much = rule(kind=PriceRuleKind.FORMULA, formula="price * 999999999999")
    assert outcomes(too_much) == ["list_price", "without_result"]
    negative = rule(kind=PriceRuleKind.FORMULA, formula="price - 200")
    assert outcomes(negative) == ["list_price", "applied_to_zero"]
    assert unit_price(negative) == 0


def test_minor_units_follow_the_currency() -> None:
    yen = replace(QUESTION, list_price=Money(1_000, "JPY"))
    assert unit_price(rule(kind=PriceRuleKind.FORMULA, formula="price - 2.50"), question=yen) == 998
    dinar = replace(QUESTION, list_price=Money(1_000, "KWD"))
    assert (
        unit_price(rule(kind=PriceRuleKind.FORMULA, formula="price - 0.5"), question=dinar) == 500
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": PriceRuleKind.FIXED}, "PRICE_RULE_INCOMPLETE"),
        ({"kind": PriceRuleKind.FORMULA}, "PRICE_RULE_INCOMPLETE"),
        ({"kind": PriceRuleKind.FORMULA, "formula": "import os"}, "FORMULA_NOT_UNDERSTOOD"),
        ({"kind": PriceRuleKind.QUANTITY_BREAKS}, "PRICE_RULE_INCOMPLETE"),
        (
            {
                "kind": PriceRuleKind.QUANTITY_BREAKS,
                "quantity_breaks": (QuantityBreak(5), QuantityBreak(5)),
            },
            "QUANTITY_BREAKS_UNORDERED",
        ),
        ({"kind": PriceRuleKind.FIXED, "fixed_price": Money(1, "XXX")}, "CURRENCY_UNKNOWN"),
        ({"start_date": "2026-02-02", "end_date": "2026-02-01"}, "DATES_REVERSED"),
    ],
)
def test_rules_that_cannot_be_reckoned_with_are_refused(
    changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        rule(**changes).check()
    assert refusal.value.reason == reason


def test_a_price_of_nothing_is_a_price() -> None:
    free = rule(kind=PriceRuleKind.FIXED, fixed_price=Money(0, "EUR"))
    free.check()
    assert unit_price(free) == 0


# ---- what holds for all rules ------------------------------------------------------------------

_CURRENCY = st.sampled_from(["EUR", "EUR", "EUR", "USD"])
_PRICES = st.builds(Money, st.integers(0, HIGHEST_PRICE), _CURRENCY)
_BASIS_POINTS = st.integers(-100_000, 10_000)
_BREAKS = st.lists(
    st.builds(QuantityBreak, st.integers(1, 30), st.none() | _PRICES, _BASIS_POINTS),
    min_size=1,
    max_size=4,
    unique_by=lambda b: b.from_quantity,
).map(lambda breaks: tuple(sorted(breaks, key=lambda b: b.from_quantity)))
_FORMULAS = st.sampled_from(
    ["price * 1.1", "list_price - 20", "price / (quantity - 3)", "min(price, 99.99) / 7", "-price"]
)
_RULES = st.lists(
    st.builds(
        PriceRule,
        id=st.integers(0, 10**6).map("rule_{}".format),
        name=st.just("a rule"),
        kind=st.sampled_from(PriceRuleKind),
        stacking=st.sampled_from(
            [StackingPolicy.STACKABLE, StackingPolicy.STACKABLE, *StackingPolicy]
        ),
        product_id=st.sampled_from(["", "", "prod_1", "prod_2"]),
        account_id=st.sampled_from(["", "", "acct_1", "acct_2"]),
        channel=st.sampled_from(SalesChannel),
        end_date=st.sampled_from(["", "", "2026-06-01", "2026-07-01"]),
        fixed_price=_PRICES,
        discount_basis_points=_BASIS_POINTS,
        formula=_FORMULAS,
        quantity_breaks=_BREAKS,
        priority=st.integers(-3, 3),
    ),
    max_size=8,
    unique_by=lambda r: r.id,
)
_QUESTIONS = st.builds(
    replace,
    st.just(QUESTION),
    quantity=st.integers(1, 40),
    list_price=st.builds(Money, st.integers(0, HIGHEST_PRICE), st.just("EUR")),
)


@given(_QUESTIONS, _RULES, st.randoms())
def test_the_order_in_which_rules_come_does_not_matter(question, rules, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(rules)
    random.shuffle(shuffled)
    assert explain(question, rules) == explain(question, shuffled)


@given(_QUESTIONS, _RULES)
def test_a_price_is_never_negative_nor_in_another_currency(
    question: PriceQuestion, rules: list[PriceRule]
) -> None:
    for step in explain(question, rules).steps:
        assert step.after.currency == "EUR"
        assert 0 <= step.after.amount_minor <= HIGHEST_PRICE


@given(_QUESTIONS, _RULES)
def test_the_trace_replays_to_the_price(question: PriceQuestion, rules: list[PriceRule]) -> None:
    price = explain(question, rules)
    known = {each.id: each for each in rules}
    reached = price.list_price
    for step in price.steps:
        assert step.before == reached
        if step.outcome in APPLIED:
            result = known[step.rule_id].result(question, reached)
            assert isinstance(result, Money)
            reached = max(result, Money(0, "EUR"))
        assert step.after == reached
    assert reached == price.unit_price
    assert [step.rule_id for step in price.steps[1:]] == [
        each.id for each in sorted(rules, key=lambda r: (-r.priority, r.id))
    ]


@given(_QUESTIONS, _RULES)
def test_the_rules_that_applied_alone_give_the_same_price(
    question: PriceQuestion, rules: list[PriceRule]
) -> None:
    price = explain(question, rules)
    applied = {step.rule_id for step in price.steps if step.outcome in APPLIED}
    assert explain(question, [r for r in rules if r.id in applied]).unit_price == price.unit_price
