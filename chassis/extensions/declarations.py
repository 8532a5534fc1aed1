"""What a region declares about one field, and which values that allows. Pure Python.

Values are what JSON has: text, numbers, booleans, and lists of text for a multiple choice. A date is
"YYYY-MM-DD". An empty text and an empty list mean the same as null: no value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from chassis.errors import FieldViolation

#: The longest text, in characters: it must fit into an index of every database engine.
LONGEST_TEXT = 400
#: Whole numbers of which JSON clients lose no digit (RFC 8259 §6).
GREATEST_INTEGER = 2**53 - 1
#: As many decimal digits survive the way through a binary number of 64 bits.
_MOST_DIGITS, _MOST_PLACES = 15, 6
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,20}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,20})?", re.ASCII)


class ExtensionType(StrEnum):
    """What the values of a field are."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    CHOICE = "choice"
    MULTIPLE_CHOICE = "multiple_choice"


CHOICES = (ExtensionType.CHOICE, ExtensionType.MULTIPLE_CHOICE)
LIMITED = (ExtensionType.INTEGER, ExtensionType.DECIMAL, ExtensionType.DATE)


class Fault(Exception):
    """Why a value is not one of a field's: the reason, and what its text is filled with."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(reason, params)
        self.reason = reason
        self.params = params

    def at(self, path: str) -> FieldViolation:
        """The fault as a violation of the field at this path of the request."""
        texts = {name: str(value) for name, value in self.params.items()}
        return FieldViolation(path, self.reason, texts)


@dataclass(frozen=True)
class Declaration:
    """One field as a region declares it."""

    resource: str
    """What it is added to, for example "account"."""
    name: str
    type: ExtensionType
    required: bool = False
    choices: tuple[str, ...] = ()
    """Every value that was ever declared, for the types that have choices."""
    retired_choices: tuple[str, ...] = ()
    max_length: int = 0
    """Characters of a text; 0 means LONGEST_TEXT."""
    minimum: str = ""
    maximum: str = ""
    retired: bool = False
    revision: int = 0
    """Counts up with each change; a copy never goes back."""

    def accept(self, value: Any, stored: Any = None) -> Any:
        """The value as it is stored; None for none. What is stored already is always accepted.

        Raises Fault.
        """
        if value == stored and type(value) is type(stored):
            return stored
        if value is None or value in ("", []):
            return None
        if self.retired:
            raise Fault("EXTENSION_RETIRED", name=self.name)
        if self.type in CHOICES:
            return self._chosen(value, stored)
        read = _READERS[self.type](value)
        self._check_limits(read)
        return read

    def _chosen(self, value: Any, stored: Any) -> Any:
        single = self.type is ExtensionType.CHOICE
        items = [value] if single else value
        kept = stored if isinstance(stored, list) else [stored]
        on_offer = [each for each in self.choices if each not in self.retired_choices]
        if not isinstance(items, list) or not all(
            isinstance(item, str) and (item in on_offer or item in kept) for item in items
        ):
            reason = "EXTENSION_NOT_A_CHOICE" if single else "EXTENSION_NOT_CHOICES"
            raise Fault(reason, name=self.name, allowed=", ".join(on_offer))
        return value if single else list(dict.fromkeys(items))

    def _check_limits(self, value: Any) -> None:
        if self.type is ExtensionType.TEXT:
            most = self.max_length or LONGEST_TEXT
            if len(value) > most:
                raise Fault("EXTENSION_TOO_LONG", name=self.name, most=most)
        elif self.type in LIMITED:
            below, above = _BEYOND[self.type]
            if self.minimum and value < from_text(self.type, self.minimum):
                raise Fault(below, name=self.name, minimum=self.minimum)
            if self.maximum and value > from_text(self.type, self.maximum):
                raise Fault(above, name=self.name, maximum=self.maximum)


def from_text(kind: ExtensionType, text: str) -> Any:
    """A value that was written as text, in a file or as a limit; a multiple choice has ";" between values.

    Raises Fault if it is none of this type. Limits and choices are not looked at.
    """
    match kind:
        case ExtensionType.INTEGER:
            return _integer(int(text) if _WHOLE.fullmatch(text.strip()) else text)
        case ExtensionType.DECIMAL:
            return _decimal(float(text) if _NUMBER.fullmatch(text.strip()) else text)
        case ExtensionType.BOOLEAN:
            return _boolean({"true": True, "false": False}.get(text.strip().lower(), text))
        case ExtensionType.DATE:
            return _date(text.strip())
        case ExtensionType.MULTIPLE_CHOICE:
            return [item.strip() for item in text.split(";") if item.strip()]
    return text


def merge(
    declared: Mapping[str, Declaration],
    given: Mapping[str, Any],
    stored: Mapping[str, Any],
    faults: dict[str, Fault],
) -> dict[str, Any]:
    """The stored values, changed by those that are given: null removes, what is not named stays.

    Whatever is stored stays as it is, declared or not, until somebody gives another value. What cannot be
    taken is noted in `faults`, by name.
    """
    merged = dict(stored)
    for name, value in given.items():
        declaration = declared.get(name)
        if declaration is None:
            if name in stored and value != stored[name]:
                faults[name] = Fault("EXTENSION_BROUGHT_ALONG", name=name)
            elif name not in stored:
                known = ", ".join(each.name for each in declared.values() if not each.retired)
                faults[name] = Fault("EXTENSION_UNKNOWN", name=name, declared=known or "–")
            continue
        try:
            accepted = declaration.accept(value, stored.get(name))
        except Fault as fault:
            faults[name] = fault
            continue
        if accepted is not None:
            merged[name] = accepted
        elif name in merged:
            if declaration.required and not declaration.retired:
                faults[name] = Fault("EXTENSION_REQUIRED", name=name)
            del merged[name]
    return merged


def require(
    declared: Mapping[str, Declaration], values: Mapping[str, Any], faults: dict[str, Fault]
) -> None:
    """Note in `faults` each field that a new record needs a value of and has none."""
    for name, declaration in declared.items():
        if declaration.required and not declaration.retired and name not in values:
            faults.setdefault(name, Fault("EXTENSION_REQUIRED", name=name))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Fault("EXTENSION_NOT_TEXT")
    if "\0" in value:
        raise Fault("TEXT_WITH_NUL")
    return value


def _integer(value: Any) -> int:
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    if not whole or abs(value) > GREATEST_INTEGER:
        raise Fault("EXTENSION_NOT_INTEGER")
    return int(value)


def _decimal(value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Fault("EXTENSION_NOT_DECIMAL")
    written = Decimal(repr(value)).normalize()
    exponent = int(written.as_tuple().exponent)
    if len(written.as_tuple().digits) + max(exponent, 0) > _MOST_DIGITS or -exponent > _MOST_PLACES:
        raise Fault("EXTENSION_NOT_DECIMAL")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Fault("EXTENSION_NOT_BOOLEAN")
    return value


def _date(value: Any) -> str:
    try:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise ValueError
        date.fromisoformat(value)
    except ValueError:
        raise Fault("EXTENSION_NOT_DATE") from None
    return value


#: Why a value is refused that is below or above its limits.
_BEYOND = {
    ExtensionType.INTEGER: ("EXTENSION_TOO_SMALL", "EXTENSION_TOO_GREAT"),
    ExtensionType.DECIMAL: ("EXTENSION_TOO_SMALL", "EXTENSION_TOO_GREAT"),
    ExtensionType.DATE: ("EXTENSION_TOO_EARLY", "EXTENSION_TOO_LATE"),
}
_READERS: dict[ExtensionType, Callable[[Any], Any]] = {
    ExtensionType.TEXT: _text,
    ExtensionType.INTEGER: _integer,
    ExtensionType.DECIMAL: _decimal,
    ExtensionType.BOOLEAN: _boolean,
    ExtensionType.DATE: _date,
}
