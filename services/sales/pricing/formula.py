"""The small language of price formulas: decimal numbers, names, + - * / ( ), min and max.

    min(price, list_price * 0.9) - 2.50

The text is parsed by Python's own parser (ast), never evaluated by it: what is walked here is a closed
list of nodes, and everything else is refused when the rule is written. Arithmetic is exact (fractions);
numbers are short and a text is at most 200 characters, so that results stay small.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction

from chassis.errors import Invalid

NAMES = ("list_price", "price", "quantity")
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,6})?")
_FUNCTIONS: dict[str, Callable[..., Fraction]] = {"min": min, "max": max}
_OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class Formula:
    """A formula that has been understood."""

    def __init__(self, text: str) -> None:
        """Invalid(FORMULA_NOT_UNDERSTOOD) with the part that is not part of the language."""
        self._text = text.strip()
        try:
            self._root = ast.parse(self._text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise _not_understood(text) from None
        self._check(self._root)

    def value(self, variables: Mapping[str, Fraction]) -> Fraction:
        """The result for these values of NAMES. ZeroDivisionError where it divides by zero."""
        return self._value(self._root, variables)

    def _value(self, node: ast.expr, variables: Mapping[str, Fraction]) -> Fraction:
        match node:
            case ast.Constant():
                return self._number(node)
            case ast.Name(id=name):
                return variables[name]
            case ast.UnaryOp(operand=operand):
                return -self._value(operand, variables)
            case ast.BinOp(left=left, op=op, right=right):
                calculate = _OPERATORS[type(op)]
                return calculate(self._value(left, variables), self._value(right, variables))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return _FUNCTIONS[name](*[self._value(each, variables) for each in arguments])
        raise AssertionError("_check lets no other node pass")

    def _check(self, node: ast.expr) -> None:
        if not self._allowed(node):
            raise _not_understood(ast.get_source_segment(self._text, node) or self._text)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr) and not _is_function_name(node, child):
                self._check(child)

    def _allowed(self, node: ast.expr) -> bool:
        match node:
            case ast.Constant():
                return _NUMBER.fullmatch(self._source(node)) is not None
            case ast.Name(id=name):
                return name in NAMES
            case ast.UnaryOp(op=ast.USub()):
                return True
            case ast.BinOp(op=op):
                return type(op) in _OPERATORS
            case ast.Call(func=ast.Name(id=name), args=[_, _, *_], keywords=[]):
                return name in _FUNCTIONS
        return False

    def _number(self, node: ast.Constant) -> Fraction:
        return Fraction(self._source(node))

    def _source(self, node: ast.expr) -> str:
        return ast.get_source_segment(self._text, node) or ""


def _is_function_name(node: ast.expr, child: ast.expr) -> bool:
    return isinstance(node, ast.Call) and child is node.func


def _not_understood(part: str) -> Invalid:
    return Invalid(
        "FORMULA_NOT_UNDERSTOOD", field="price_rule.formula", part=part, names=", ".join(NAMES)
    )
