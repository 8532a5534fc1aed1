"""Errors as clients see them: RFC 9457 problem details, in the client's language.

STATUSES is the one table from gRPC's canonical codes to HTTP; BY_REASON holds what is told better
by a status of its own.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import grpc
import orjson
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from chassis.errors import Invalid, MeridianError
from chassis.messages import Catalogue, words
from chassis.statuses import CODES

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
DOMAIN = "gateway.meridian"
_FOLDER = Path(__file__).parent
TEXTS = Catalogue(_FOLDER)

STATUSES: dict[grpc.StatusCode, int] = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.FAILED_PRECONDITION: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.CANCELLED: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}
BY_REASON = {"STALE_ETAG": 412, "IDEMPOTENCY_KEY_REUSED": 422}
# Reasons for what gRPC itself says, without a service having had a word.
_UNSAID = {
    grpc.StatusCode.UNAVAILABLE: "NEIGHBOUR_UNAVAILABLE",
    grpc.StatusCode.DEADLINE_EXCEEDED: "DEADLINE_EXCEEDED",
    grpc.StatusCode.UNIMPLEMENTED: "UNIMPLEMENTED",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "TOO_MUCH_AT_ONCE",
    grpc.StatusCode.CANCELLED: "CANCELLED",
}

Detail = TypeVar("Detail", bound=Message)


class Refusal(Exception):
    """A request that the gateway itself turns down, with an HTTP status that gRPC has no word for."""

    def __init__(
        self,
        status: int,
        reason: str,
        headers: list[tuple[str, str]] | None = None,
        **params: object,
    ) -> None:
        super().__init__(status, reason, params)
        self.status = status
        self.reason = reason
        self.headers = headers or []
        self.params = {name: str(value) for name, value in params.items()}


@dataclass(frozen=True)
class Problem:
    """What went wrong with one request."""

    status: int
    reason: str
    domain: str
    detail: str
    params: dict[str, str] = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)

    def body(self, instance: str, trace_id: str, language: str) -> bytes:
        """The JSON document; its detail is in the language already."""
        document: dict[str, Any] = {
            "type": f"urn:meridian:problem:{self.reason}",
            "title": title(self.status, language),
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "reason": self.reason,
            "domain": self.domain,
            "trace_id": trace_id,
        }
        if self.params:
            document["params"] = self.params
        if self.errors:
            document["errors"] = self.errors
        return orjson.dumps(document)


def title(status: int, language: str) -> str:
    """What an HTTP status is called."""
    phrase = HTTPStatus(status).phrase
    return words(_FOLDER).get(phrase, phrase) if language == "zh" else phrase


def of(error: Exception, service: str, language: str) -> Problem:
    """The problem that an error of any kind is to the client; what nobody foresaw is logged here."""
    if isinstance(error, Refusal):
        detail = TEXTS.text(error.reason, error.params, language)
        return Problem(
            error.status, error.reason, DOMAIN, detail, error.params, headers=error.headers
        )
    if isinstance(error, MeridianError):
        return _of_our_own(error, language)
    if isinstance(error, grpc.RpcError):
        return _of_rpc(error, service, language)
    log.error("a request failed for an unforeseen reason", exc_info=error)
    return Problem(500, "INTERNAL", DOMAIN, TEXTS.text("INTERNAL", {}, language))


def _of_our_own(error: MeridianError, language: str) -> Problem:
    violations = error.violations if isinstance(error, Invalid) else []
    errors = [
        {"field": v.field, "reason": v.reason, "message": TEXTS.text(v.reason, v.params, language)}
        for v in violations
    ]
    detail = TEXTS.text(error.reason, error.params, language)
    status = _status(CODES[type(error)], error.reason)
    return Problem(status, error.reason, DOMAIN, detail, error.params, errors, _headers(status))


def _of_rpc(error: grpc.RpcError, service: str, language: str) -> Problem:
    code = error.code()
    status = rpc_status.from_call(error)
    info = _detail(status, error_details_pb2.ErrorInfo)
    if info is None:
        return _unsaid(code, service, language)
    text = _detail(status, error_details_pb2.LocalizedMessage)
    bad = _detail(status, error_details_pb2.BadRequest)
    http = _status(code, info.reason)
    return Problem(
        http,
        info.reason,
        info.domain,
        text.message if text else error.details(),
        dict(info.metadata),
        [_violation(each) for each in bad.field_violations] if bad else [],
        _headers(http),
    )


def _unsaid(code: grpc.StatusCode, service: str, language: str) -> Problem:
    reason = _UNSAID.get(code, "INTERNAL")
    params = {"service": service}
    status = _status(code, reason)
    if status == 500:
        log.error("%s answered %s", service, code.name)
    detail = TEXTS.text(reason, params, language)
    return Problem(status, reason, DOMAIN, detail, params, headers=_headers(status))


def reason_of(error: grpc.RpcError) -> str:
    """The reason that a service gave for an error; "" if it gave none."""
    info = _detail(rpc_status.from_call(error), error_details_pb2.ErrorInfo)
    return info.reason if info else ""


def _status(code: grpc.StatusCode, reason: str) -> int:
    return BY_REASON.get(reason) or STATUSES.get(code, 500)


def _headers(status: int) -> list[tuple[str, str]]:
    if status == 401:
        return [("www-authenticate", 'Bearer realm="meridian"')]
    if status in (429, 503):
        return [("retry-after", "1")]
    return []


def _violation(violation: error_details_pb2.BadRequest.FieldViolation) -> dict[str, str]:
    message = violation.localized_message.message or violation.description
    return {"field": violation.field, "reason": violation.reason, "message": message}


def _detail(status: Any, kind: type[Detail]) -> Detail | None:
    for packed in status.details if status else ():
        if packed.Is(kind.DESCRIPTOR):
            found = kind()
            packed.Unpack(found)
            return found
    return None
