"""The parts of the OpenAPI description that do not come from the services' contract."""

from __future__ import annotations

from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from gateway.http import JSON, SHORTEST_TIMEOUT
from gateway.problems import CONTENT_TYPE

INFO = {
    "title": "Meridian",
    "version": version("meridian"),
    "description": (
        "CRM for marketing, sales, service and partners.\n\n"
        "JSON fields have the names that stand here; lowerCamelCase is understood too. "
        "64-bit integers are strings in answers. Amounts are integer minor units of their currency. "
        "Times are UTC (RFC 3339). Every answer carries X-Trace-Id. "
        "A record of another region is answered by that region, which Meridian-Region names; you see "
        "and change there what your grants with visibility `all` allow. "
        "Errors are problem details (RFC 9457) whose `reason` is stable; texts follow "
        "Accept-Language (en, zh)."
    ),
}

_TEXTS = {
    400: "The request is wrong; `errors` names the fields.",
    401: "Nobody, or nobody we know, sent this.",
    403: "You need a permission that you do not have.",
    404: "It does not exist, or you may not see it.",
    409: "The state of things does not allow it now.",
    412: "It was changed since you read it.",
    413: "The body is too large.",
    415: "The Content-Type is not understood here.",
    421: "Another region sent this on, and the record is not here either; try again shortly.",
    422: "This Idempotency-Key was used for another request.",
    429: "Too many requests; Retry-After tells when to come back.",
    500: "Something went wrong on our side.",
    503: "Not available now; Retry-After tells when to come back.",
    504: "There was not enough time.",
}
#: What every answer of a method carries.
HEADERS: dict[str, Any] = {
    "X-Trace-Id": {"$ref": "#/components/headers/TraceId"},
    "Meridian-Region": {"$ref": "#/components/headers/Region"},
}
#: How a list is asked for in several regions, and what its answer says of them.
REGIONS_PARAMETER: dict[str, Any] = {
    "name": "regions",
    "in": "query",
    "description": (
        "The regions whose records are listed together: `all`, or names with commas between them; "
        "without it, this region alone. Without order_by the newest come first. A page may hold "
        "fewer records than page_size although more follow."
    ),
    "schema": {"type": "string", "minLength": 1, "example": "all"},
}
REGIONS_SHOWN: dict[str, Any] = {
    "type": "array",
    "items": {"$ref": "#/components/schemas/RegionShown"},
    "description": "Only with `regions`: which of them the page shows.",
}
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_TEXT = {"type": "string"}


def problem_response(status: int, reasons: list[str]) -> dict[str, Any]:
    """The description of one error status, with the reasons that a method gives for it."""
    named = f" Reasons: {', '.join(f'`{reason}`' for reason in reasons)}." if reasons else ""
    headers = dict(HEADERS)
    if status in (421, 429, 503):
        headers["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    return {
        "description": _TEXTS.get(status, HTTPStatus(status).phrase) + named,
        "headers": headers,
        "content": {CONTENT_TYPE: {"schema": _PROBLEM}},
    }


def _header(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": description, "schema": schema}


COMPONENTS: dict[str, Any] = {
    "securitySchemes": {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token, from POST /directory/v1/sessions.",
        },
        "apiKey": {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": "An API key, from POST /directory/v1/api_keys.",
        },
    },
    "parameters": {
        "AcceptLanguage": _header(
            "Accept-Language", "Language of texts: en or zh.", _TEXT | {"example": "en"}
        ),
        "RequestTimeout": _header(
            "X-Request-Timeout",
            "Seconds within which you want the answer; may have decimals.",
            {"type": "integer", "minimum": SHORTEST_TIMEOUT, "maximum": 60},
        ),
        "IdempotencyKey": _header(
            "Idempotency-Key",
            "The same key with the same request has one effect and one answer.",
            {"type": "string", "pattern": "^[!-~]{1,200}$"},
        ),
        "IfMatch": _header(
            "If-Match",
            "The ETag that you saw: nothing is changed if it is another by now.",
            {"type": "string", "pattern": '^"[0-9]{1,18}"$'},
        ),
        "IfNoneMatch": _header(
            "If-None-Match", "The ETag that you have.", {"type": "string", "pattern": '^"[0-9]{1,18}"$'}
        ),
    },
    "headers": {
        "TraceId": {"description": "Name it when you report a problem.", "schema": _TEXT},
        "Region": {"description": "The region that answered.", "schema": _TEXT},
        "ETag": {"description": "The version of what was sent.", "schema": _TEXT},
        "ReplicaAge": {
            "description": "Outside the hub: so many seconds ago this was known to agree with the "
            "hub's; unknown if it never was.",
            "schema": _TEXT,
        },
        "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    },
    "responses": {
        HTTPStatus(status).phrase.title().replace(" ", ""): problem_response(status, [])
        for status in _TEXTS
    },
    "schemas": {
        "RegionShown": {
            "type": "object",
            "description": "What a page across regions shows of one of them.",
            "properties": {
                "region": _TEXT,
                "state": {
                    "enum": ["answered", "refused", "unreachable", "left_out"],
                    "description": (
                        "left_out: it gave no answer on an earlier page; begin anew to have it again."
                    ),
                },
                "reason": _TEXT | {"description": "Why its records are not there, for programs."},
                "detail": _TEXT | {"description": "For people, in their language."},
            },
            "required": ["region", "state"],
        },
        "Problem": {
            "type": "object",
            "description": "What went wrong, and what to do (RFC 9457).",
            "properties": {
                "type": _TEXT,
                "title": _TEXT,
                "status": {"type": "integer"},
                "detail": _TEXT | {"description": "For people, in their language."},
                "instance": _TEXT,
                "reason": _TEXT | {"description": "For programs; never changes its meaning."},
                "domain": _TEXT | {"description": "Which service says so."},
                "trace_id": _TEXT,
                "params": {"type": "object", "additionalProperties": _TEXT},
                "errors": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"field": _TEXT, "reason": _TEXT, "message": _TEXT},
                        "required": ["field", "reason", "message"],
                    },
                },
            },
            "required": [
                "type", "title", "status", "detail", "instance", "reason", "domain", "trace_id",
            ],
        },
    },
}  # fmt: skip


def _page(operation: str, summary: str, schema: dict[str, Any], *errors: int) -> dict[str, Any]:
    responses: dict[str, Any] = {
        "200": {"description": summary, "content": {JSON: {"schema": schema}}}
    }
    for status in errors:
        responses[str(status)] = {"description": summary, "content": {JSON: {"schema": schema}}}
    return {
        "get": {
            "operationId": operation,
            "tags": ["meta"],
            "summary": summary,
            "security": [{}],
            "responses": responses,
        }
    }


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


_LABEL = _object(value=_TEXT, label=_TEXT)
PAGES: dict[str, Any] = {
    "/meta/v1/enums": _page(
        "listEnums",
        "The labels of all enum values, in the language of Accept-Language.",
        _object(
            enums={"type": "object", "additionalProperties": {"type": "array", "items": _LABEL}}
        ),
    ),
    "/healthz": _page("getHealth", "Whether the gateway answers.", _object(status=_TEXT)),
    "/readyz": _page(
        "getReadiness",
        "Which services can be reached.",
        _object(services={"type": "object", "additionalProperties": {"type": "boolean"}}),
        503,
    ),
}
