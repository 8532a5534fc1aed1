"""Prices: a list price, the rules that change it one after another, and the trace of how (SAL-4).

Rules are considered from the highest priority to the lowest, those of equal priority in the order of
their ids, each on the unit price that the one before left. Every step is rounded to whole minor units,
half to even, so that the trace shows the very amounts that were reckoned with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

from chassis.errors import Invalid
from chassis.money import Money, minor_units
from services.sales.price_books.domain import SalesChannel, Validity
from services.sales.pricing.formula import Formula

#: The most that one unit may cost, in minor units.
HIGHEST_PRICE = 10**12


class PriceRuleKind(StrEnum):
    """How a rule computes."""

    FIXED = "fixed"
    PERCENT = "percent"
    FORMULA = "formula"
    QUANTITY_BREAKS = "quantity_breaks"


class StackingPolicy(StrEnum):
    """How a rule gets on with the others: see price_rule.proto."""

    STACKABLE = "stackable"
    LAST = "last"
    EXCLUSIVE = "exclusive"


class PriceStepOutcome(StrEnum):
    """Whether a rule changed the price, and if not, why."""

    LIST_PRICE = "list_price"
    APPLIED = "applied"
    APPLIED_TO_ZERO = "applied_to_zero"
    NOT_YET_VALID = "not_yet_valid"
    NO_LONGER_VALID = "no_longer_valid"
    OTHER_PRODUCT = "other_product"
    OTHER_PRODUCT_LINE = "other_product_line"
    OTHER_PRICE_BOOK = "other_price_book"
    OTHER_CHANNEL = "other_channel"
    OTHER_ACCOUNT = "other_account"
    OTHER_CURRENCY = "other_currency"
    QUANTITY_TOO_SMALL = "quantity_too_small"
    WITHOUT_RESULT = "without_result"
    NOT_ALONE = "not_alone"
    AFTER_THE_LAST = "after_the_last"


APPLIED = {PriceStepOutcome.APPLIED, PriceStepOutcome.APPLIED_TO_ZERO}


@dataclass(frozen=True)
class PriceStep:
    """One thing that was considered on the way to a unit price."""

    rule_id: str
    rule_name: str
    outcome: PriceStepOutcome
    before: Money
    after: Money


@dataclass(frozen=True)
class Price:
    """The price of one unit, net of tax, and how it came about."""

    list_price: Money
    unit_price: Money
    steps: tuple[PriceStep, ...]


@dataclass(frozen=True)
class PriceQuestion:
    """What is to be priced: so many units, for whom, by which way, on which day ("YYYY-MM-DD")."""

    product_id: str
    product_line: str
    price_book_id: str
    channel: SalesChannel
    account_id: str
    quantity: int
    on_date: str
    list_price: Money


@dataclass(frozen=True)
class QuantityBreak:
    """From this quantity on: a unit price, or without one a discount on the price so far."""

    from_quantity: int
    unit_price: Money | None = None
    discount_basis_points: int = 0


@dataclass
class PriceRule:
    """How a price departs from the list, for whom and when. Empty fields of the scope match everything."""

    id: str
    name: str
    kind: PriceRuleKind
    stacking: StackingPolicy
    product_id: str = ""
    product_line: str = ""
    price_book_id: str = ""
    channel: SalesChannel = SalesChannel.ANY
    account_id: str = ""
    start_date: str = ""
    end_date: str = ""
    fixed_price: Money | None = None
    discount_basis_points: int = 0
    formula: str = ""
    quantity_breaks: tuple[QuantityBreak, ...] = ()
    priority: int = 0
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def revise(self, changes: dict[str, Any]) -> None:
        """Change fields by name, then check the whole."""
        for name, value in changes.items():
            setattr(self, name, value)
        self.check()

    def check(self) -> None:
        """Whether the rule can be reckoned with.

        Invalid(DATE_INVALID, DATES_REVERSED, PRICE_RULE_INCOMPLETE, CURRENCY_UNKNOWN,
        FORMULA_NOT_UNDERSTOOD, QUANTITY_BREAKS_UNORDERED).
        """
        self.validity.check("price_rule")
        match self.kind:
            case PriceRuleKind.FIXED:
                self._need("fixed_price")
            case PriceRuleKind.FORMULA:
                self._need("formula")
                Formula(self.formula)
            case PriceRuleKind.QUANTITY_BREAKS:
                self._need("quantity_breaks")
                self._check_breaks()
        for amount in (self.fixed_price, *[each.unit_price for each in self.quantity_breaks]):
            if amount is not None:
                minor_units(amount.currency)

    @property
    def validity(self) -> Validity:
        """The days on which it holds."""
        return Validity(self.start_date, self.end_date)

    def mismatch(self, question: PriceQuestion) -> PriceStepOutcome | None:
        """Why the rule is not for this; None if it is."""
        reasons = {
            PriceStepOutcome.NOT_YET_VALID: not self.validity.begun(question.on_date),
            PriceStepOutcome.NO_LONGER_VALID: self.validity.over(question.on_date),
            PriceStepOutcome.OTHER_PRODUCT: _differs(self.product_id, question.product_id),
            PriceStepOutcome.OTHER_PRODUCT_LINE: _differs(self.product_line, question.product_line),
            PriceStepOutcome.OTHER_PRICE_BOOK: _differs(self.price_book_id, question.price_book_id),
            PriceStepOutcome.OTHER_CHANNEL: _differs(self.channel, question.channel),
            PriceStepOutcome.OTHER_ACCOUNT: _differs(self.account_id, question.account_id),
        }
        return next((reason for reason, holds in reasons.items() if holds), None)

    def result(self, question: PriceQuestion, price: Money) -> Money | PriceStepOutcome:
        """What one unit costs by this rule, which may be below zero; or why that cannot be said."""
        match self.kind:
            case PriceRuleKind.FIXED:
                return _in_currency(self.fixed_price, price)
            case PriceRuleKind.PERCENT:
                return _discounted(price, self.discount_basis_points)
            case PriceRuleKind.FORMULA:
                return self._by_formula(question, price)
            case PriceRuleKind.QUANTITY_BREAKS:
                return self._by_quantity(question.quantity, price)

    def _by_formula(self, question: PriceQuestion, price: Money) -> Money | PriceStepOutcome:
        unit = 10 ** minor_units(price.currency)
        variables = {
            "list_price": Fraction(question.list_price.amount_minor, unit),
            "price": Fraction(price.amount_minor, unit),
            "quantity": Fraction(question.quantity),
        }
        try:
            value = Formula(self.formula).value(variables)
        except ZeroDivisionError:
            return PriceStepOutcome.WITHOUT_RESULT
        return Money(round(value * unit), price.currency)

    def _by_quantity(self, quantity: int, price: Money) -> Money | PriceStepOutcome:
        reached = [each for each in self.quantity_breaks if each.from_quantity <= quantity]
        if not reached:
            return PriceStepOutcome.QUANTITY_TOO_SMALL
        if reached[-1].unit_price is not None:
            return _in_currency(reached[-1].unit_price, price)
        return _discounted(price, reached[-1].discount_basis_points)

    def _need(self, name: str) -> None:
        if getattr(self, name) in (None, "", ()):
            field = f"price_rule.{name}"
            raise Invalid("PRICE_RULE_INCOMPLETE", field=field, kind=self.kind, name=name)

    def _check_breaks(self) -> None:
        starts = [each.from_quantity for each in self.quantity_breaks]
        if starts != sorted(set(starts)):
            raise Invalid("QUANTITY_BREAKS_UNORDERED", field="price_rule.quantity_breaks")


def explain(question: PriceQuestion, rules: Iterable[PriceRule]) -> Price:
    """The price of one unit and every step to it; the same for the same rules in any order."""
    price = question.list_price
    steps = [PriceStep("", "", PriceStepOutcome.LIST_PRICE, price, price)]
    applied: list[PriceRule] = []
    for rule in sorted(rules, key=lambda rule: (-rule.priority, rule.id)):
        outcome, after = _consider(rule, question, price, applied)
        steps.append(PriceStep(rule.id, rule.name, outcome, price, after))
        if outcome in APPLIED:
            applied.append(rule)
            price = after
    return Price(question.list_price, price, tuple(steps))


def _consider(
    rule: PriceRule, question: PriceQuestion, price: Money, applied: list[PriceRule]
) -> tuple[PriceStepOutcome, Money]:
    obstacle = rule.mismatch(question) or _blocked(rule, applied)
    result = obstacle or rule.result(question, price)
    if isinstance(result, PriceStepOutcome):
        return result, price
    if result.amount_minor > HIGHEST_PRICE:
        return PriceStepOutcome.WITHOUT_RESULT, price
    if result.amount_minor < 0:
        return PriceStepOutcome.APPLIED_TO_ZERO, Money.zero(price.currency)
    return PriceStepOutcome.APPLIED, result


def _blocked(rule: PriceRule, applied: list[PriceRule]) -> PriceStepOutcome | None:
    if applied and applied[-1].stacking is not StackingPolicy.STACKABLE:
        return PriceStepOutcome.AFTER_THE_LAST
    if applied and rule.stacking is StackingPolicy.EXCLUSIVE:
        return PriceStepOutcome.NOT_ALONE
    return None


def _differs(wanted: str, given: str) -> bool:
    return wanted not in ("", given)


def _in_currency(amount: Money | None, price: Money) -> Money | PriceStepOutcome:
    if amount is None or amount.currency != price.currency:
        return PriceStepOutcome.OTHER_CURRENCY
    return amount


def _discounted(price: Money, basis_points: int) -> Money:
    return price - price.percent(basis_points)
