"""Every error becomes a problem with a status, and none tells what is inside."""

from __future__ import annotations

import json

import pytest

from chassis import errors
from chassis.statuses import CODES
from gateway import problems


def test_every_kind_of_error_has_an_http_status() -> None:
    expected = {
        errors.Invalid: 400,
        errors.Unauthenticated: 401,
        errors.Denied: 403,
        errors.NotFound: 404,
        errors.AlreadyExists: 409,
        errors.Aborted: 409,
        errors.Refused: 409,
        errors.Exhausted: 429,
        errors.Unavailable: 503,
    }
    assert (
        expected.items()
        <= {kind: problems.STATUSES.get(code, 500) for kind, code in CODES.items()}.items()
    )


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.Aborted("STALE_ETAG"), 412),
        (errors.Invalid("IDEMPOTENCY_KEY_REUSED"), 422),
        (problems.Refusal(413, "BODY_TOO_LARGE", most=7), 413),
        (ZeroDivisionError("secret"), 500),
    ],
)
def test_some_reasons_have_a_status_of_their_own(error: Exception, status: int) -> None:
    problem = problems.of(error, "sales", "en")
    body = problem.body("/sales/v1/orders", "0af7651916cd43dd8448eb211c80319c", "en")
    document = json.loads(body)
    assert (problem.status, document["status"]) == (status, status)
    assert document["type"] == f"urn:meridian:problem:{document['reason']}"
    assert document["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert "secret" not in body.decode()


def test_who_must_wait_or_log_in_is_told_by_a_header() -> None:
    assert problems.of(errors.Unavailable("OVERLOADED"), "", "en").headers == [("retry-after", "1")]
    assert problems.of(errors.Unauthenticated("TOKEN_MISSING"), "", "en").headers == [
        ("www-authenticate", 'Bearer realm="meridian"')
    ]
