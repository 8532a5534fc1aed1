"""What a method may answer besides success, from its comment and from what it is.

Comments of methods say "Errors: ABORTED (STALE_ETAG); FAILED_PRECONDITION (LEAD_CLOSED) once …".
"""

from __future__ import annotations

import re

from gateway.binding import etag_path
from gateway.contract import Contract
from gateway.problems import BY_REASON, STATUSES
from gateway.routing import Route
from gateway.span import list_of

_CODED = re.compile(r"\b([A-Z][A-Z_]+) \(([^)]*)\)")
_REASON = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_CODES = {code.name: status for code, status in STATUSES.items()}

#: Status → the reasons that its comment gives for it.
Errors = dict[int, list[str]]


def errors_of(route: Route, contract: Contract) -> Errors:
    """Every status other than success that a client of this route must be ready for."""
    found: Errors = {status: [] for status in _always(route)}
    comment = contract.comments.get(route.method.full_name, "")
    for code, inside in _CODED.findall(comment):
        if code in _CODES:
            for reason in _REASON.findall(inside):
                found.setdefault(BY_REASON.get(reason, _CODES[code]), []).append(reason)
    return dict(sorted(found.items()))


def _always(route: Route) -> set[int]:
    statuses = {400, 401, 404, 429, 500, 503, 504}
    if route.permission not in ("public", "signed-in"):
        statuses.add(403)
    if route.body:
        statuses |= {413, 415}
    if route.verb != "GET":
        statuses |= {409, 422}
    if etag_path(route):
        statuses.add(412)
    if route.variables or list_of(route):
        statuses |= {403, 421}
    return statuses
