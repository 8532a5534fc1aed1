"""Field rules, written in the protos (protovalidate) and enforced once, at a service's edge."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import protovalidate
from google.protobuf.message import Message

from chassis.errors import FieldViolation, Invalid

_VALIDATOR = protovalidate.Validator()


def check(request: Message) -> None:
    """Raise Invalid with every field that breaks its rule, by its path in the request.

    Of a resource that is updated only the fields that the update changes count: those in its
    update_mask, or without one those that are set. No text may hold the character NUL, which
    PostgreSQL cannot store.
    """
    violations = [_field_violation(each) for each in _VALIDATOR.collect_violations(request)]
    if b"\0" in request.SerializeToString():  # 1 µs that usually saves the walk
        found = _texts_with_nul(request)
        violations += [FieldViolation(path, "TEXT_WITH_NUL", {}) for path in found]
    if violations and "update_mask" in request.DESCRIPTOR.fields_by_name:
        violations = [each for each in violations if _is_changed(request, each.field)]
    if violations:
        raise Invalid.fields(violations)


def _texts_with_nul(message: Message, above: str = "") -> Iterator[str]:
    for field, value in message.ListFields():
        path = f"{above}{field.name}"
        if isinstance(value, str | Message):
            yield from _value_with_nul(value, path)
        elif isinstance(value, Mapping):
            for key, each in value.items():
                yield from _value_with_nul(key, path)
                yield from _value_with_nul(each, f"{path}[{key}]")
        elif field.is_repeated:
            for index, each in enumerate(value):
                yield from _value_with_nul(each, f"{path}[{index}]")


def _value_with_nul(value: object, path: str) -> Iterator[str]:
    if isinstance(value, str):
        if "\0" in value:
            yield path
    elif isinstance(value, Message):
        yield from _texts_with_nul(value, f"{path}.")


def _is_changed(update: Any, path: str) -> bool:
    name, _, inner = path.partition(".")
    field = update.DESCRIPTOR.fields_by_name[name]
    if not inner or field.message_type is None or not update.HasField(name):
        return True
    changed = re.split(r"[.\[]", inner, maxsplit=1)[0]
    if update.update_mask.paths:
        return changed in update.update_mask.paths
    return changed in {each.name for each, _ in getattr(update, name).ListFields()}


def _field_violation(violation: protovalidate.Violation) -> FieldViolation:
    proto = violation.proto
    rule = proto.rule_id or ""
    limit = "" if violation.rule_value is None else str(violation.rule_value)
    reason = rule.upper().replace(".", "_").removesuffix("_EMPTY")
    params = {"rule": rule, "limit": limit, "message": proto.message or rule}
    if "_GTE_LT" in reason:
        params["least"], params["most"] = re.findall(r"-?\d+", proto.message)
    return FieldViolation(_path(proto), reason, params)


def _path(proto: protovalidate.ViolationPb) -> str:
    path = ""
    for element in proto.field.elements if proto.field else ():
        path += f".{element.field_name}" if path else str(element.field_name)
        if element.subscript is not None:
            path += f"[{element.subscript.value}]"
    return path
