"""What this region adds to its resources, in the description of the API (GOV-2).

Directory is asked when somebody reads the description and what is known is older than a few seconds. While
directory cannot be reached, the description shows what was known last.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import grpc
from meridian.directory.v1 import extension_field_pb2, extension_field_service_pb2

from chassis.call import LANGUAGES
from chassis.extensions.declarations import GREATEST_INTEGER, LONGEST_TEXT
from chassis.records.enums import enum_names
from gateway.backends import Backends
from gateway.rules import Schema

log = logging.getLogger(__name__)

#: Seconds for which an answer of directory is good, and for which nothing is asked after a failure.
REFRESH_SECONDS = 5.0
_METHOD = "/meridian.directory.v1.ExtensionFieldService/GetExtensionSchema"
_RESOURCES = enum_names(extension_field_pb2.ExtensionResource.DESCRIPTOR)
_TYPES = enum_names(extension_field_pb2.ExtensionType.DESCRIPTOR)

Declared = extension_field_pb2.ExtensionField
Ask = Callable[[], extension_field_service_pb2.ExtensionSchema]

_INCOMING = (
    "The fields that this region adds. A value replaces the one before, null removes it, what is not named stays; "
    "values of fields that are not declared here may be sent back as they were read."
)
_OUTGOING = "The fields that this region adds, and what records brought along from other regions."


class KnownExtensions:
    """The extension fields of this region, as this process knows them."""

    def __init__(self, ask: Ask, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._known = extension_field_service_pb2.ExtensionSchema()
        self._fresh_until = float("-inf")
        self._lock = threading.Lock()

    def current(self) -> extension_field_service_pb2.ExtensionSchema:
        """All active fields of all resources."""
        with self._lock:
            if self._clock() >= self._fresh_until:
                try:
                    self._known = self._ask()
                except grpc.RpcError as error:
                    log.warning("the extension fields are not known anew: %s", error)
                self._fresh_until = self._clock() + REFRESH_SECONDS
            return self._known


def from_directory(backends: Backends) -> Ask:
    """Ask directory."""
    request = extension_field_service_pb2.GetExtensionSchemaRequest()
    return lambda: backends.call(
        "directory", _METHOD, request, extension_field_service_pb2.ExtensionSchema
    )


def described(
    document: dict[str, Any], declared: extension_field_service_pb2.ExtensionSchema, language: str
) -> dict[str, Any]:
    """The description of the API with the fields of this region, their texts in this language."""
    fields: dict[str, list[Declared]] = defaultdict(list)
    for field in declared.extension_fields:
        fields[_RESOURCES[field.resource]].append(field)
    components = document["components"]
    filled = {
        name: schema(fields[resource], language, incoming=incoming)
        for resource in fields
        for incoming in (False, True)
        if (name := component(resource, incoming=incoming)) in components["schemas"]
    }
    return document | {"components": components | {"schemas": components["schemas"] | filled}}


def component(resource: str, *, incoming: bool) -> str:
    """The name of the schema of a resource's extension fields: "AccountExtensions" for "account"."""
    return f"{resource.title()}Extensions{'Input' if incoming else ''}"


def schema(fields: Sequence[Declared], language: str, *, incoming: bool) -> Schema:
    """What a request may hold, or an answer holds, under `extensions`."""
    return {
        "type": "object",
        "properties": {
            field.name: _property(field, language, incoming=incoming) for field in fields
        },
        "additionalProperties": not incoming,
        "description": _INCOMING if incoming else _OUTGOING,
    }


def _property(field: Declared, language: str, *, incoming: bool) -> Schema:
    shape = _shape(field)
    if incoming:
        shape = shape | {"type": [shape["type"], "null"]}
        if "enum" in shape:
            shape = shape | {"enum": [*shape["enum"], None]}
    texts = [getattr(field.help, language)] if field.HasField("help") else []
    if field.required:
        texts.append(_NEEDED[language])
    return shape | {
        "title": getattr(field.label, language),
        "x-label": {each: getattr(field.label, each) for each in LANGUAGES},
        "x-required": field.required,
        **({"description": " ".join(texts)} if texts else {}),
    }


_NEEDED = {"en": "Needed when a record is entered.", "zh": "新建记录时必填。"}


def _shape(field: Declared) -> Schema:
    match _TYPES[field.type]:
        case "text":
            return {"type": "string", "maxLength": field.max_length or LONGEST_TEXT}
        case "integer":
            safe = {"minimum": -GREATEST_INTEGER, "maximum": GREATEST_INTEGER}
            return {"type": "integer"} | safe | _limits(field, int)
        case "decimal":
            return {"type": "number"} | _limits(field, float)
        case "date":
            days = {f"x-{word}": day for word, day in _limits(field, str).items()}
            return {"type": "string", "format": "date"} | days
        case "choice":
            return {"type": "string"} | _choices(field)
        case "multiple_choice":
            items = {"type": "string"} | _choices(field)
            return {"type": "array", "uniqueItems": True, "items": items}
    return {"type": "boolean"}


def _limits(field: Declared, read: Callable[[str], Any]) -> Schema:
    return {
        word: read(getattr(field, word)) for word in ("minimum", "maximum") if getattr(field, word)
    }


def _choices(field: Declared) -> Schema:
    """What can be chosen, and how it is called; those that are retired may still be stored."""
    return {
        "enum": [choice.value for choice in field.choices],
        "x-labels": {
            choice.value: {language: getattr(choice.label, language) for language in LANGUAGES}
            for choice in field.choices
        },
        "x-retired": [choice.value for choice in field.choices if choice.retired],
    }
