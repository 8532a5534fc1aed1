"""Filtering lists by extension fields: `extensions.vat_regime = "reverse" AND extensions.seats >= 50`.

Each comparison looks its records up in the index of values. A record without a value fulfils none of them;
`extensions.vat_regime:*` is true where there is a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from chassis.errors import Invalid
from chassis.extensions.declarations import CHOICES, Declaration, ExtensionType, Fault, from_text
from chassis.extensions.tables import VALUES
from chassis.filters import COMPARISONS, EQUALITY, compare, demand_sign

if TYPE_CHECKING:
    from chassis.app import Transaction

PREFIX = "extensions."
_Condition = sa.ColumnElement[bool]
_EXPECTED = {
    ExtensionType.INTEGER: "a whole number",
    ExtensionType.DECIMAL: "a number",
    ExtensionType.BOOLEAN: "true / false",
    ExtensionType.DATE: 'a day such as "2026-01-31"',
}


def fields(
    tx: Transaction, resource: str, record_id: sa.ColumnElement[Any]
) -> Mapping[str, ExtensionField]:
    """What a list of this resource can be filtered by beside its own fields; record_id: its column."""
    table = tx.service.metadata.tables[VALUES]
    return {
        PREFIX + name: ExtensionField(declaration, record_id, table)
        for name, declaration in tx.declarations.of(tx, resource).items()
    }


@dataclass(frozen=True)
class ExtensionField:
    """One extension field in filters."""

    declaration: Declaration
    record_id: sa.ColumnElement[Any]
    values: sa.Table

    def compare(self, sign: str, literal: str, *, quoted: bool) -> _Condition:
        """The condition that a record has a value that compares so.

        Raises Invalid(FILTER_OPERATOR, FILTER_VALUE, FILTER_CHOICE_UNKNOWN).
        """
        if sign == ":" and literal == "*" and not quoted:
            return self._holders()
        kind = self.declaration.type
        if kind in CHOICES:
            return self._choice(sign, literal)
        if kind is ExtensionType.TEXT:
            return self._text(sign, literal, quoted=quoted)
        demand_sign(self._name, sign, EQUALITY if kind is ExtensionType.BOOLEAN else COMPARISONS)
        try:
            value = from_text(kind, literal)
        except Fault:
            raise Invalid(
                "FILTER_VALUE",
                field="filter",
                name=self._name,
                value=literal,
                expected=_EXPECTED[kind],
            ) from None
        if kind in (ExtensionType.INTEGER, ExtensionType.DECIMAL):
            return self._holders(compare(sign, self.values.c.number_value, value))
        text = str(value).lower() if kind is ExtensionType.BOOLEAN else value
        return self._holders(compare(sign, self.values.c.text_value, text))

    @property
    def _name(self) -> str:
        return PREFIX + self.declaration.name

    def _choice(self, sign: str, literal: str) -> _Condition:
        demand_sign(self._name, sign, (*EQUALITY, ":"))
        if literal not in self.declaration.choices:
            raise Invalid(
                "FILTER_CHOICE_UNKNOWN",
                field="filter",
                name=self._name,
                value=literal,
                allowed=", ".join(self.declaration.choices),
            )
        chosen = self._holders(self.values.c.text_value == literal)
        if sign == "!=":
            return sa.and_(self._holders(), sa.not_(chosen))
        return chosen

    def _text(self, sign: str, literal: str, *, quoted: bool) -> _Condition:
        column = self.values.c.text_value
        if sign == ":":
            return self._holders(column.icontains(literal, autoescape=True))
        if sign == "=" and quoted and literal.endswith("*"):
            return self._holders(column.startswith(literal[:-1], autoescape=True))
        return self._holders(compare(sign, column, literal))

    def _holders(self, *conditions: _Condition) -> _Condition:
        """The records with a value of this field that fulfils the conditions.

        EXISTS and its negation become joins; NOT IN would be compared with every value, row by row.
        """
        values, declaration = self.values, self.declaration
        return sa.exists().where(
            values.c.record_id == self.record_id,
            values.c.resource == declaration.resource,
            values.c.name == declaration.name,
            *conditions,
        )
