"""Price formulas: exact, small, and nothing but arithmetic."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid
from services.sales.pricing.formula import Formula

VALUES = {"list_price": Fraction(100), "price": Fraction(80), "quantity": Fraction(3)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("list_price", Fraction(100)),
        ("list_price * 0.9 - 2.50", Fraction("87.5")),
        ("min(price, list_price * 0.7, 75)", Fraction(70)),
        ("max(price, list_price) / quantity", Fraction(100, 3)),
        (" -(price - 100) ", Fraction(20)),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("2 + 3 * 4", Fraction(14)),
    ],
)
def test_reckons_exactly(text: str, expected: Fraction) -> None:
    assert Formula(text).value(VALUES) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "price +",
        "prise",
        "__import__('os').system('true')",
        "price.real",
        "price if quantity else 0",
        "2 ** 9999999",
        "9 // 2",
        "1e999",
        "0x10",
        "1_000",
        "'a'",
        "True",
        "min(price)",
        "min(*[1, 2])",
        "min(1, 2, key=price)",
        "abs(price)",
        "(lambda: 1)()",
        "[price][0]",
        "price < 3",
        "+price",
        "min",
        "price; 1",
        "x := 3",
        "(" * 199,
        "价格",
    ],
)
def test_refuses_everything_else(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        Formula(text)
    assert refusal.value.reason == "FORMULA_NOT_UNDERSTOOD"
    assert refusal.value.violations[0].field == "price_rule.formula"


@given(st.text(max_size=200))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        formula = Formula(text)
    except Invalid:
        return
    try:
        assert isinstance(formula.value(VALUES), Fraction)
    except ZeroDivisionError:
        assert "/" in text


_LEAVES = st.sampled_from(["list_price", "price", "quantity", "2", "0.5", "17.25"])
_TEXTS = st.recursive(
    _LEAVES,
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({' '.join(t)})"),
    max_leaves=12,
)


@given(_TEXTS)
def test_agrees_with_ordinary_arithmetic(text: str) -> None:
    floats = {name: float(value) for name, value in VALUES.items()}
    expected = eval(text, {"__builtins__": {}}, floats)  # noqa: S307 - the oracle, on texts made here
    assert float(Formula(text).value(VALUES)) == pytest.approx(expected)
