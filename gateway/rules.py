"""Field rules of the protos (protovalidate) as constraints of JSON Schema.

What JSON Schema cannot say (rules in CEL, rules between fields) is left to the service's answer.
"""

from __future__ import annotations

from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor

from gateway.contract import option

Schema = dict[str, Any]

_NUMBERS = (
    "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64",
    "sfixed32", "sfixed64", "double", "float",
)  # fmt: skip
_NUMBER_KEYWORDS = {
    "gte": "minimum",
    "gt": "exclusiveMinimum",
    "lte": "maximum",
    "lt": "exclusiveMaximum",
}
_STRING_KEYWORDS = {"min_len": "minLength", "max_len": "maxLength", "pattern": "pattern"}
_STRING_FORMATS = {"email": "email", "hostname": "hostname", "uri": "uri", "uuid": "uuid"}


def rules_of(field: FieldDescriptor) -> Any:
    """The rules of a field; an empty message if it has none."""
    return option(field.GetOptions(), validate_pb2.field)


def bounds(field: FieldDescriptor, fits: tuple[int, int]) -> tuple[int, int]:
    """The least and the greatest whole number that the rules of a field leave of what fits its type."""
    told = _constraints(rules_of(field), {})
    least = told.get("exclusiveMinimum", fits[0] - 1) + 1
    most = told.get("exclusiveMaximum", fits[1] + 1) - 1
    return told.get("minimum", least), told.get("maximum", most)


def is_needed(field: FieldDescriptor) -> bool:
    """Whether a request without this field is refused."""
    rules = rules_of(field)
    if rules.ignore != validate_pb2.IGNORE_UNSPECIFIED:
        return False
    implicit = not field.has_presence and (
        rules.string.min_len > 0
        or bool(rules.string.pattern)
        or rules.repeated.min_items > 0
        or 0 in getattr(rules.enum, "not_in", ())
    )
    return bool(rules.required or implicit)


def constrained(schema: Schema, field: FieldDescriptor) -> Schema:
    """The schema of one field with its rules; an empty value stays allowed where the rules say so."""
    rules = rules_of(field)
    narrowed = schema | _constraints(rules, schema)
    if rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE and schema.get("type") == "string":
        return {"anyOf": [{"type": "string", "const": ""}, narrowed]}
    return narrowed


def _constraints(rules: Any, schema: Schema) -> Schema:
    kind = rules.WhichOneof("type")
    if kind is None:
        return {}
    own = getattr(rules, kind)
    if kind in _NUMBERS:
        return {
            word: getattr(own, name)
            for name, word in _NUMBER_KEYWORDS.items()
            if own.HasField(name)
        }
    if kind == "string":
        return _of_string(own)
    if kind == "repeated":
        return _of_list(own, schema)
    if kind == "map":
        pairs = {"min_pairs": "minProperties", "max_pairs": "maxProperties"}
        return {word: getattr(own, name) for name, word in pairs.items() if own.HasField(name)}
    return {}


def _of_string(own: Any) -> Schema:
    found: Schema = {
        word: getattr(own, name) for name, word in _STRING_KEYWORDS.items() if own.HasField(name)
    }
    for name, word in _STRING_FORMATS.items():
        if getattr(own, name):
            found["format"] = word
    if getattr(own, "in"):
        found["enum"] = list(getattr(own, "in"))
    return found


def _of_list(own: Any, schema: Schema) -> Schema:
    found: Schema = {}
    if own.HasField("min_items"):
        found["minItems"] = own.min_items
    if own.HasField("max_items"):
        found["maxItems"] = own.max_items
    if own.unique:
        found["uniqueItems"] = True
    if own.HasField("items") and "items" in schema and "$ref" not in schema["items"]:
        found["items"] = schema["items"] | _constraints(own.items, schema["items"])
    return found
