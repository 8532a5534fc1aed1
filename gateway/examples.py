"""Example values for the documentation, chosen by what a field is and is called."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from chassis.descriptors import extensions_of
from gateway.contract import is_output_only
from gateway.rules import is_needed, rules_of

_ID = "{}_na_01jd8x4m7q0v3c9k2r5t6w8y1z"
_BY_NAME: dict[str, Any] = {
    "given_name": "Anna",
    "family_name": "Schmidt",
    "name": "Example",
    "company": "Acme GmbH",
    "email": "anna.schmidt@example.com",
    "phone": "+49 30 901820",
    "country": "DE",
    "city": "Berlin",
    "postal_code": "10115",
    "currency": "EUR",
    "amount_minor": 199900,
    "filter": 'create_time > "2026-01-01T00:00:00Z"',
    "order_by": "create_time desc",
    "page_size": 50,
    "etag": "1",
    "language": "en",
}
_WELL_KNOWN: dict[str, Any] = {
    "google.protobuf.Timestamp": "2026-01-31T08:30:00Z",
    "google.protobuf.Duration": "90s",
    "google.protobuf.FieldMask": "name",
    "google.protobuf.Struct": {},
}
_NOT_SHOWN = ("id", "etag", "page_token", "update_mask")
_DEEPEST = 2


def example(message: Descriptor, taken: set[str] | None = None, depth: int = 0) -> dict[str, Any]:
    """A request body: the fields that are needed, and those that tell most."""
    shown: dict[str, Any] = {}
    for field in message.fields:
        hidden = field.name in (taken or ()) or field.name in _NOT_SHOWN or is_output_only(field)
        if hidden or not _is_first(field):
            continue
        value = _value(field, depth)
        if value is not None:
            shown[field.name] = value
    return shown


def _is_first(field: FieldDescriptor) -> bool:
    """Whether it is the one member of its oneof that is shown."""
    oneof = field.containing_oneof
    return oneof is None or oneof.fields[0].name == field.name


def _value(field: FieldDescriptor, depth: int) -> Any:
    """An example of one field; None if it is better left out."""
    single = _single(field, depth)
    if not field.is_repeated or single is None:
        return single
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return None
    return [single] if is_needed(field) or depth == 0 else None


def _single(field: FieldDescriptor, depth: int) -> Any:
    message = field.message_type
    if message is not None:
        if message.full_name.startswith("google.protobuf."):
            return _WELL_KNOWN.get(message.full_name)
        return example(message, depth=depth + 1) if depth < _DEEPEST else None
    if field.enum_type is not None:
        return field.enum_type.values[min(1, len(field.enum_type.values) - 1)].name
    if extensions_of(field):
        return {}
    if field.name in _BY_NAME:
        return _BY_NAME[field.name]
    if field.type == FieldDescriptor.TYPE_STRING:
        return _text(field)
    if field.type == FieldDescriptor.TYPE_BOOL:
        return True
    if field.type == FieldDescriptor.TYPE_BYTES:
        return None
    return _number(field)


def _text(field: FieldDescriptor) -> str | None:
    if field.name.endswith("_id"):
        return _ID.format(field.name.removesuffix("_id").split("_")[-1])
    if field.name.endswith("_date"):
        return "2026-01-31"
    if rules_of(field).string.pattern:
        return None
    return "text"


def _number(field: FieldDescriptor) -> int:
    rules = rules_of(field)
    kind = rules.WhichOneof("type")
    least = getattr(getattr(rules, kind), "gte", 0) if kind else 0
    return max(1, int(least))
