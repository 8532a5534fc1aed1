"""The filter language of lists: AIP-160, the part that business users need.

    state = NEW AND (create_time > "2026-01-01T00:00:00Z" OR company = "Ac*") AND NOT owner_id = ""

Comparisons =, !=, <, <=, >, >= and : (contains); AND, OR, NOT, parentheses; a "*" at the end of a quoted text
means "begins with". Fields are those that the list declares; the values become bound parameters. A state or kind
is one of its enum's values, with or without the prefix of their names: NEW is LEAD_STATE_NEW.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import lark
import sqlalchemy as sa

from chassis.database import UtcDateTime
from chassis.errors import Invalid

_PARSER = lark.Lark(
    r"""
    ?start: disjunction
    ?disjunction: conjunction ("OR" conjunction)*
    ?conjunction: negation ("AND" negation)*
    ?negation: ("NOT" | "-") atom -> negated
        | atom
    ?atom: "(" disjunction ")"
        | FIELD OPERATOR value -> comparison
    value: STRING -> quoted
        | WORD -> bare
    FIELD: /[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*/
    OPERATOR: "!=" | "<=" | ">=" | "=" | "<" | ">" | ":"
    STRING: /"(\\.|[^"\\])*"/ | /'(\\.|[^'\\])*'/
    WORD: /[^\s()"'=<>!:]+/
    %import common.WS
    %ignore WS
    """,
    parser="lalr",
    lexer="contextual",
)

Column = sa.ColumnElement[Any]


class Comparable(Protocol):
    """A field that is no column of the list and knows itself how it is compared."""

    def compare(self, sign: str, literal: str, *, quoted: bool) -> sa.ColumnElement[bool]:
        """The condition for one of the signs; `quoted` tells "NEW" from NEW.

        Raises Invalid(FILTER_OPERATOR, FILTER_VALUE, FILTER_CHOICE_UNKNOWN).
        """


Fields = Mapping[str, Column | Comparable]
#: The values of enums in lower case without their prefix, by that prefix: {"LEAD_STATE_": ("new", …)}.
Choices = Mapping[str, Sequence[str]]


def compile_filter(text: str, fields: Fields, choices: Choices) -> sa.ColumnElement[bool]:
    """A filter as a condition. Raises Invalid for what cannot be read, with its position.

    choices: what columns may hold that declare an enum; one whose prefix is not there may hold anything.
    """
    try:
        tree = _PARSER.parse(text)
    except lark.UnexpectedInput as error:
        position = getattr(error, "pos_in_stream", None)
        problem = (
            error.get_context(text, span=12).split("\n")[0].strip()
            if position is not None
            else text[-12:]
        )
        raise Invalid(
            "FILTER_SYNTAX",
            field="filter",
            position=len(text) if position is None else position,
            problem=problem,
        ) from None
    return _condition(tree, fields, choices)


def _condition(tree: lark.Tree[Any], fields: Fields, choices: Choices) -> sa.ColumnElement[bool]:
    match tree.data:
        case "disjunction":
            return sa.or_(*[_condition(child, fields, choices) for child in tree.children])
        case "conjunction":
            return sa.and_(*[_condition(child, fields, choices) for child in tree.children])
        case "negated":
            return sa.not_(_condition(tree.children[0], fields, choices))
    name, sign, value = tree.children
    return _comparison(str(name), str(sign), value, fields, choices)


def _comparison(
    name: str, sign: str, value: lark.Tree[Any], fields: Fields, choices: Choices
) -> sa.ColumnElement[bool]:
    field = fields.get(name)
    if field is None:
        raise Invalid(
            "FILTER_FIELD_UNKNOWN", field="filter", name=name, allowed=", ".join(sorted(fields))
        )
    literal = str(value.children[0])
    if value.data == "quoted":
        literal = literal[1:-1].replace('\\"', '"').replace("\\'", "'").replace("\\\\", "\\")
    if not isinstance(field, sa.ColumnElement):
        return field.compare(sign, literal, quoted=value.data == "quoted")
    if isinstance(field.type, sa.String):
        if sign == ":":
            return field.icontains(literal, autoescape=True)
        if sign == "=" and value.data == "quoted" and literal.endswith("*"):
            return field.startswith(literal[:-1], autoescape=True)
        return compare(sign, field, _enum_value(name, field, literal, choices))
    demand_sign(name, sign, EQUALITY if isinstance(field.type, sa.Boolean) else COMPARISONS)
    return compare(sign, field, typed_value(name, field, literal, "filter"))


def demand_sign(name: str, sign: str, allowed: Sequence[str]) -> None:
    """Raises Invalid(FILTER_OPERATOR) if a field is not compared in this way."""
    if sign not in allowed:
        signs = ", ".join(allowed)
        raise Invalid("FILTER_OPERATOR", field="filter", name=name, sign=sign, allowed=signs)


def _enum_value(name: str, column: Column, literal: str, choices: Choices) -> str:
    """NEW and LEAD_STATE_NEW both mean "new" for a column that declares an enum; "" is no value.

    Raises Invalid(FILTER_CHOICE_UNKNOWN) for what it never holds.
    """
    prefix = column.info.get("enum_prefix") if isinstance(column, sa.Column) else None
    if not prefix or not literal:
        return literal
    value = literal.removeprefix(prefix).lower()
    known = choices.get(prefix, (value,))
    if value not in known:
        allowed = ", ".join(each.upper() for each in known)
        raise Invalid(
            "FILTER_CHOICE_UNKNOWN", field="filter", name=name, value=literal, allowed=allowed
        )
    return value


def typed_value(name: str, column: Column, literal: Any, where: str) -> Any:
    """A literal as the column's type. Raises Invalid(FILTER_VALUE)."""
    kind = column.type
    try:
        if isinstance(kind, UtcDateTime):
            moment = datetime.fromisoformat(str(literal))
            if moment.tzinfo is None:
                raise ValueError(literal)
            return moment
        if isinstance(kind, sa.Boolean):
            return {"true": True, "false": False}[str(literal).lower()]
        if isinstance(kind, sa.Integer):
            number = int(literal)
            if not -(2**63) <= number < 2**63:
                raise ValueError(literal)
            return number
    except (ValueError, KeyError):
        raise Invalid(
            "FILTER_VALUE", field=where, name=name, value=literal, expected=_expected(kind)
        ) from None
    return str(literal)


def _expected(kind: sa.types.TypeEngine[Any]) -> str:
    if isinstance(kind, UtcDateTime):
        return 'a time with its zone such as "2026-01-31T08:00:00Z"'
    return "true / false" if isinstance(kind, sa.Boolean) else "a whole number"


def compare(sign: str, column: Column, value: Any) -> sa.ColumnElement[bool]:
    """A column compared with a value by =, !=, <, <=, > or >=."""
    condition: sa.ColumnElement[bool] = _OPERATORS[sign](column, value)
    return condition


#: How what has no order is compared, and how all else is.
EQUALITY = ("=", "!=")
COMPARISONS = (*EQUALITY, "<", "<=", ">", ">=")
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
