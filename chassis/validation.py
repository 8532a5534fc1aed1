"""Field rules, written in the protos (protovalidate) and enforced once, at a service's edge."""

from __future__ import annotations

import protovalidate
from google.protobuf.message import Message

from chassis.errors import FieldViolation, Invalid

_VALIDATOR = protovalidate.Validator()


def check(request: Message) -> None:
    """Raise Invalid with every field that breaks its rule, by its path in the request."""
    violations = _VALIDATOR.collect_violations(request)
    if violations:
        raise Invalid.fields([_field_violation(violation) for violation in violations])


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
