"""Field rules, written in the protos (protovalidate) and enforced once, at a service's edge."""

from __future__ import annotations

import re
from typing import Any

import protovalidate
from google.protobuf.message import Message

from chassis.errors import FieldViolation, Invalid

_VALIDATOR = protovalidate.Validator()


def check(request: Message) -> None:
    """Raise Invalid with every field that breaks its rule, by its path in the request.

    Of a resource that is updated only the fields that the update changes count: those in its
    update_mask, or without one those that are set.
    """
    violations = [_field_violation(each) for each in _VALIDATOR.collect_violations(request)]
    if violations and "update_mask" in request.DESCRIPTOR.fields_by_name:
        violations = [each for each in violations if _is_changed(request, each.field)]
    if violations:
        raise Invalid.fields(violations)


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
    return FieldViolation(_path(proto), reason, params)


def _path(proto: protovalidate.ViolationPb) -> str:
    path = ""
    for element in proto.field.elements if proto.field else ():
        path += f".{element.field_name}" if path else str(element.field_name)
        if element.subscript is not None:
            path += f"[{element.subscript.value}]"
    return path
