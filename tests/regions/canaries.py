"""Words that stand in for personal data: each is planted in one field, and looked for where it must not be.

A request body is made from the descriptor of the resource, so that a field that is added later is planted
too. What has a form of its own (an address, a number, a date) gets a value of that form with the word in it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from chassis.descriptors import extensions_of
from gateway.contract import is_output_only
from gateway.rules import rules_of

_WORD = re.compile(rb"zqcanary\d{4}x|4930555\d{5}")
#: Fields that are no personal data, or a reference to a record.
_PLAIN = {"country": "DE", "language": "en", "currency": "EUR", "amount_minor": "100000"}
_DEEPEST = 3


class Canaries:
    """Which word was planted where."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.planted: dict[str, str] = {}

    def body(self, message: Descriptor, fixed: Mapping[str, Any], path: str = "") -> dict[str, Any]:
        """A request body with a word in every text that people write; `fixed` fields as given."""
        return self._fill(message, path or message.name, 0) | dict(fixed)

    def word(self, where: str) -> str:
        """A new word, planted there."""
        word = f"zqcanary{next(self._numbers):04}x"
        self.planted[word] = where
        return word

    def found(self, content: bytes) -> set[str]:
        """Where the words were planted that this holds."""
        words = {match.decode() for match in _WORD.findall(content.lower())}
        return {self.planted.get(word, word) for word in words}

    def _fill(self, message: Descriptor, path: str, depth: int) -> dict[str, Any]:
        filled = {}
        for field in message.fields:
            if is_output_only(field) or field.name in ("id", "etag") or not _is_first(field):
                continue
            value = self._value(field, f"{path}.{field.name}", depth)
            if value is not None:
                filled[field.name] = [value] if field.is_repeated else value
        return filled

    def _value(self, field: FieldDescriptor, where: str, depth: int) -> Any:
        inner = field.message_type
        if inner is not None:
            if inner.full_name.startswith("google.protobuf.") or depth >= _DEEPEST:
                return None
            return self._fill(inner, where, depth + 1) or None
        if field.enum_type is not None:
            return field.enum_type.values[1].name
        if field.name in _PLAIN:
            return _PLAIN[field.name]
        if field.type != FieldDescriptor.TYPE_STRING or extensions_of(field):
            return None
        if field.name.endswith(("_id", "_ids")):
            return None
        return self._text(field, where)

    def _text(self, field: FieldDescriptor, where: str) -> str | None:
        if field.name == "email":
            return f"{self.word(where)}@canary.example"
        if field.name == "phone":
            return self.phone(where)
        if rules_of(field).string.pattern:
            return None
        return self.word(where)

    def phone(self, where: str) -> str:
        """A telephone number that nobody else has, planted there."""
        digits = f"4930555{next(self._numbers):05}"
        self.planted[digits] = where
        return f"+{digits}"


def _is_first(field: FieldDescriptor) -> bool:
    oneof = field.containing_oneof
    return oneof is None or oneof.fields[0].name == field.name
