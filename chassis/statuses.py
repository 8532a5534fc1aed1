"""Errors on the wire: our types ↔ google.rpc.Status with ErrorInfo, BadRequest and LocalizedMessage.

The one table from error types to canonical codes is CODES; gateway maps the codes on to HTTP.
"""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf import any_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from chassis import errors
from chassis.errors import FieldViolation, MeridianError
from chassis.messages import Catalogue

CODES: dict[type[MeridianError], grpc.StatusCode] = {
    errors.Invalid: grpc.StatusCode.INVALID_ARGUMENT,
    errors.Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    errors.Denied: grpc.StatusCode.PERMISSION_DENIED,
    errors.NotFound: grpc.StatusCode.NOT_FOUND,
    errors.AlreadyExists: grpc.StatusCode.ALREADY_EXISTS,
    errors.Aborted: grpc.StatusCode.ABORTED,
    errors.Refused: grpc.StatusCode.FAILED_PRECONDITION,
    errors.Exhausted: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.Unavailable: grpc.StatusCode.UNAVAILABLE,
    errors.Internal: grpc.StatusCode.INTERNAL,
}
_TYPES = {code: kind for kind, code in CODES.items()}
_NAMES: dict[int, str] = {code.value[0]: code.name for code in grpc.StatusCode}


def to_status(
    error: MeridianError, service: str, language: str, texts: Catalogue
) -> status_pb2.Status:
    """The status that tells a client of this error, in its language."""
    english = _text(error, "en", texts)
    status = status_pb2.Status(code=CODES[type(error)].value[0], message=english)
    info = error_details_pb2.ErrorInfo(
        reason=error.reason, domain=f"{service}.meridian", metadata=error.params
    )
    _pack(status, info)
    _pack(status, _localized(_text(error, language, texts), language))
    if isinstance(error, errors.Invalid) and error.violations:
        _pack(status, _bad_request(error.violations, language, texts))
    return status


def code_name(status: status_pb2.Status) -> str:
    """The name of a status's canonical code, "NOT_FOUND"."""
    return _NAMES[status.code]


def from_rpc_error(error: grpc.RpcError, service: str) -> MeridianError:
    """The error that a neighbour answered with, type, reason and fields intact."""
    code = error.code()
    status = rpc_status.from_call(error) if code in _TYPES else None
    info = _unpack(status, error_details_pb2.ErrorInfo) if status else None
    if status is None or info is None:
        if code == grpc.StatusCode.DEADLINE_EXCEEDED:
            return errors.Unavailable("DEADLINE_EXCEEDED")
        return errors.Unavailable("NEIGHBOUR_UNAVAILABLE", service=service)
    answered = _TYPES[code](info.reason, **dict(info.metadata))
    answered.texts = _said(status.message, _unpack(status, error_details_pb2.LocalizedMessage))
    bad = _unpack(status, error_details_pb2.BadRequest)
    if bad is not None and isinstance(answered, errors.Invalid):
        answered.violations = [
            FieldViolation(v.field, v.reason, {}, _said(v.description, v.localized_message))
            for v in bad.field_violations
        ]
    return answered


def _said(english: str, localized: error_details_pb2.LocalizedMessage | None) -> dict[str, str]:
    """What a status says, by language."""
    said = {"en": english}
    if localized is not None and localized.message:
        said[localized.locale.partition("-")[0]] = localized.message
    return said


def _text(error: MeridianError, language: str, texts: Catalogue) -> str:
    return error.texts.get(language) or texts.text(error.reason, error.params, language)


def _bad_request(
    violations: list[FieldViolation], language: str, texts: Catalogue
) -> error_details_pb2.BadRequest:
    bad = error_details_pb2.BadRequest()
    for violation in violations:
        shown = bad.field_violations.add(field=violation.field, reason=violation.reason)
        shown.description = _field_text(violation, "en", texts)
        shown.localized_message.CopyFrom(
            _localized(_field_text(violation, language, texts), language)
        )
    return bad


def _field_text(violation: FieldViolation, language: str, texts: Catalogue) -> str:
    if language in violation.texts:
        return violation.texts[language]
    known = texts.text(violation.reason, violation.params, language)
    if known != violation.reason:
        return known
    return texts.text("FIELD_RULE", violation.params, language)


def _localized(text: str, language: str) -> error_details_pb2.LocalizedMessage:
    locale = {"en": "en", "zh": "zh-CN"}[language]
    return error_details_pb2.LocalizedMessage(locale=locale, message=text)


def _pack(status: status_pb2.Status, detail: Message) -> None:
    packed = any_pb2.Any()
    packed.Pack(detail)
    status.details.append(packed)


def _unpack(status: status_pb2.Status, kind: Any) -> Any:
    for detail in status.details:
        if detail.Is(kind.DESCRIPTOR):
            found = kind()
            detail.Unpack(found)
            return found
    return None
