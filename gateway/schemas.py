"""JSON Schemas of messages: what clients may send and what they get.

A message that is sent and received has two: "Lead" tells what an answer always carries, "LeadInput"
what a request must obey.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from chassis.descriptors import extensions_of
from gateway import extensions, labels
from gateway.contract import Contract, is_output_only
from gateway.rules import Schema, constrained, is_needed

_WHOLE = {"type": "integer", "format": "int32"}
_NATURAL = {"type": "integer", "format": "int64", "minimum": 0, "maximum": 2**32 - 1}
_NUMBER = {"type": "number", "format": "double"}
_WIDE_OUT: Schema = {"type": "string", "format": "int64", "pattern": "^-?[0-9]{1,20}$"}
_WIDE_IN: Schema = {
    "type": ["integer", "string"],
    "format": "int64",
    "minimum": -(2**63),
    "maximum": 2**63 - 1,
    "pattern": "^-?[0-9]{1,18}$",
}
_SCALARS: dict[int, Schema] = {
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    FieldDescriptor.TYPE_DOUBLE: _NUMBER,
    FieldDescriptor.TYPE_FLOAT: _NUMBER,
    FieldDescriptor.TYPE_INT32: _WHOLE,
    FieldDescriptor.TYPE_SINT32: _WHOLE,
    FieldDescriptor.TYPE_SFIXED32: _WHOLE,
    FieldDescriptor.TYPE_UINT32: _NATURAL,
    FieldDescriptor.TYPE_FIXED32: _NATURAL,
}
_WELL_KNOWN: dict[str, Schema] = {
    "Timestamp": {"type": "string", "format": "date-time"},
    "Duration": {"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,9})?s$"},
    "FieldMask": {"type": "string"},
    "Struct": {"type": "object", "additionalProperties": True},
    "ListValue": {"type": "array", "items": {}},
    "Value": {},
    "Empty": {"type": "object", "additionalProperties": False},
    "BoolValue": {"type": "boolean"},
    "StringValue": {"type": "string"},
    "BytesValue": {"type": "string", "contentEncoding": "base64"},
    "DoubleValue": _NUMBER,
    "FloatValue": _NUMBER,
    "Int32Value": _WHOLE,
    "UInt32Value": _NATURAL,
}


class Schemas:
    """Makes the schemas that are asked for, and gathers those that they refer to."""

    def __init__(self, contract: Contract) -> None:
        self._comments = contract.comments
        self._names = short_names([*contract.messages(), *labels.enums(contract)])
        self.components: dict[str, Schema] = {}

    def answer(self, message: Descriptor) -> Schema:
        """A reference to what an answer of this type looks like."""
        return self._of_message(message, incoming=False)

    def body(self, message: Descriptor) -> Schema:
        """A reference to what a request body of this type must look like."""
        return self._of_message(message, incoming=True)

    def body_without(self, message: Descriptor, taken: set[str]) -> Schema:
        """The schema of a request body whose other fields stand in the URL."""
        return self._object(message, incoming=True, taken=taken)

    def field(self, field: FieldDescriptor, *, incoming: bool) -> Schema:
        """The schema of one field, with its comment."""
        schema = self._shape(field, incoming=incoming)
        if incoming:
            schema = constrained(schema, field)
        if is_output_only(field):
            schema = schema | {"readOnly": True}
        comment = self.comment(field.full_name)
        return schema | {"description": comment} if comment else schema

    def comment(self, full_name: str) -> str:
        """The comment beside a name, on one line."""
        return " ".join(self._comments.get(full_name, "").split())

    def _of_message(self, message: Descriptor, *, incoming: bool) -> Schema:
        if message.full_name.startswith("google.protobuf."):
            return dict(self._well_known(message.name, incoming=incoming))
        name = self._names[message.full_name] + ("Input" if incoming else "")
        if name not in self.components:
            self.components[name] = {}
            self.components[name] |= self._object(message, incoming=incoming, taken=set())
        return {"$ref": f"#/components/schemas/{name}"}

    def _object(self, message: Descriptor, *, incoming: bool, taken: set[str]) -> Schema:
        fields = [field for field in message.fields if field.name not in taken]
        needed = [
            field.name
            for field in fields
            if (
                is_needed(field) and not is_output_only(field)
                if incoming
                else not field.has_presence
            )
        ]
        schema: Schema = {
            "type": "object",
            "properties": {field.name: self.field(field, incoming=incoming) for field in fields},
            "additionalProperties": False,
        }
        if needed:
            schema["required"] = needed
        comment = self.comment(message.full_name)
        return schema | {"description": comment} if comment else schema

    def _shape(self, field: FieldDescriptor, *, incoming: bool) -> Schema:
        message = field.message_type
        if field.is_repeated and message is not None and message.GetOptions().map_entry:
            value = message.fields_by_name["value"]
            values = self._single(value, incoming=incoming)
            return {"type": "object", "additionalProperties": values}
        single = self._single(field, incoming=incoming)
        return {"type": "array", "items": single} if field.is_repeated else single

    def _single(self, field: FieldDescriptor, *, incoming: bool) -> Schema:
        if field.message_type is not None:
            return self._of_message(field.message_type, incoming=incoming)
        if field.enum_type is not None:
            return self._of_enum(field.enum_type)
        if extensions_of(field):
            return self._of_extensions(extensions_of(field), incoming=incoming)
        return dict(_SCALARS.get(field.type) or (_WIDE_IN if incoming else _WIDE_OUT))

    def _of_enum(self, enum: EnumDescriptor) -> Schema:
        name = self._names.setdefault(enum.full_name, enum.name)
        if name not in self.components:
            self.components[name] = {
                "type": "string",
                "enum": [value.name for value in enum.values],
                "description": self.comment(enum.full_name),
                "x-labels": {
                    value.name: {
                        language: labels.label(value, language) for language in ("en", "zh")
                    }
                    for value in enum.values
                    if value.number != 0
                },
            }
        return {"$ref": f"#/components/schemas/{name}"}

    def _of_extensions(self, resource: str, *, incoming: bool) -> Schema:
        """A component by itself, which each region fills in."""
        name = extensions.component(resource, incoming=incoming)
        self.components.setdefault(name, extensions.schema((), "en", incoming=incoming))
        return {"$ref": f"#/components/schemas/{name}"}

    @staticmethod
    def _well_known(name: str, *, incoming: bool) -> Schema:
        if name in ("Int64Value", "UInt64Value"):
            return _WIDE_IN if incoming else _WIDE_OUT
        return _WELL_KNOWN[name]


def short_names(named: Sequence[Any]) -> dict[str, str]:
    """Full name → a short one, with the service before it where two descriptors would clash."""
    shorts = Counter(each.name for each in named)
    return {
        each.full_name: each.name
        if shorts[each.name] == 1
        else "".join(part.title() for part in each.file.package.split(".")[1:2]) + each.name
        for each in named
    }
