"""The WSGI application that every request meets first; service methods are answered here.

What is no method (documentation, labels, health) goes on to the pages behind. Each request gets a
trace, a share of its client's rate, a place among those that work at once, and an answer that
carries its trace id, whatever happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import grpc

from chassis.telemetry import trace
from gateway import problems
from gateway.asked import Asked
from gateway.endpoint import Endpoint
from gateway.http import Answer, Request
from gateway.identity import Identities, address_of, client_of
from gateway.limits import Admission, Priority, RateLimit
from gateway.problems import Refusal
from gateway.regional import Regional
from gateway.routing import Router

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: Under this name in the WSGI environment the pages find the request.
REQUEST = "meridian.request"


@dataclass(frozen=True)
class Guards:
    """What a request passes before its method is called."""

    identities: Identities
    client_rate: RateLimit
    address_rate: RateLimit
    admission: Admission


class Api:
    """Answers what the router knows, and leaves the rest to `pages`."""

    def __init__(
        self,
        router: Router[Endpoint],
        guards: Guards,
        pages: Wsgi,
        region: str,
        regional: Regional,
    ) -> None:
        """region: this one. regional: how it plays together with the others."""
        self._router = router
        self._guards = guards
        self._pages = pages
        self._region = region
        self._regional = regional

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        with trace.continuing(environ.get("HTTP_TRACEPARENT", "")) as context:
            request = Request(environ, context)
            found = self._router.find(environ["PATH_INFO"])
            if found is None:
                environ[REQUEST] = request
                return self._pages(environ, start_response)
            answer = self._answer(request, *found)
            answer.headers.append(("x-trace-id", context.trace_id))
            answer.headers.append(("meridian-region", answer.region or self._region))
            start_response(answer.status_line, answer.headers)
            return answer.body

    def _answer(
        self, request: Request, endpoints: dict[str, Endpoint], values: list[str]
    ) -> Answer:
        verb = request.method
        endpoint = endpoints.get("GET" if verb == "HEAD" else verb)
        if endpoint is None:
            return _other_verb(request, endpoints)
        mark = endpoint.meter.begin()
        try:
            answer = self._guarded(request, endpoint, values)
        except Exception as error:
            answer = refused(error, request, endpoint.route.service)
        endpoint.meter.end(mark, str(answer.status))
        if verb == "HEAD":
            getattr(answer.body, "close", lambda: None)()
            answer.body = ()
        return answer

    def _guarded(self, request: Request, endpoint: Endpoint, values: list[str]) -> Answer:
        guards, environ = self._guards, request.environ
        guards.address_rate.take(address_of(environ))
        headers = guards.client_rate.take(client_of(environ))
        authorization = guards.identities.authorization(environ, is_public=endpoint.route.is_public)
        here = partial(self._admitted, endpoint, values, authorization)
        renew = partial(guards.identities.renew, environ, authorization)
        asked = Asked(request, endpoint, values, authorization, here, renew)
        answer = self._regional.answer(asked)
        answer.headers += headers
        return answer

    def _admitted(
        self, endpoint: Endpoint, values: list[str], authorization: str, request: Request
    ) -> Answer:
        """The answer of this region, given when there is a place."""
        guards = self._guards
        guards.admission.enter(endpoint.priority)
        try:
            answer = self._called(request, endpoint, values, authorization)
        except BaseException:
            guards.admission.leave(endpoint.priority)
            raise
        if isinstance(answer.body, (list, tuple)):
            guards.admission.leave(endpoint.priority)
        else:
            answer.body = _Leaving(answer.body, guards.admission, endpoint.priority)
        return answer

    def _called(
        self, request: Request, endpoint: Endpoint, values: list[str], authorization: str
    ) -> Answer:
        try:
            return endpoint.answer(request, values, authorization)
        except grpc.RpcError as error:
            stale = error.code() == grpc.StatusCode.UNAUTHENTICATED
            if not stale or endpoint.route.takes_raw_body:
                raise
            renewed = self._guards.identities.renew(request.environ, authorization)
            if renewed is None:
                raise
        return endpoint.answer(request, values, renewed)


def refused(error: Exception, request: Request, service: str) -> Answer:
    """The answer that tells a client of an error, whichever it is."""
    problem = problems.of(error, service, request.language)
    headers = [
        ("content-type", problems.CONTENT_TYPE),
        ("content-language", request.language),
        ("cache-control", "no-store"),
        *problem.headers,
    ]
    body = problem.body(request.path, request.trace.trace_id, request.language)
    return Answer(problem.status, headers, [body])


def _other_verb(request: Request, endpoints: dict[str, Endpoint]) -> Answer:
    allowed = {*endpoints, "OPTIONS"} | ({"HEAD"} if "GET" in endpoints else set())
    allow = ("allow", ", ".join(sorted(allowed)))
    if request.method == "OPTIONS":
        return Answer(204, [allow])
    error = Refusal(405, "METHOD_NOT_ALLOWED", [allow], method=request.method, allowed=allow[1])
    return refused(error, request, "gateway")


class _Leaving:
    """A body that is sent bit by bit, and gives its place back when it is closed."""

    def __init__(self, body: Iterable[bytes], admission: Admission, priority: Priority) -> None:
        self._body = body
        self._admission = admission
        self._priority = priority
        self._is_open = True

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        """Stop sending; called by the server at the end, also when the client went away."""
        if self._is_open:
            self._is_open = False
            self._admission.leave(self._priority)
            getattr(self._body, "close", lambda: None)()
