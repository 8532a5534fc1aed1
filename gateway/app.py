"""The gateway put together: Flask for the pages, and in front of it the methods of all services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from gateway import labels
from gateway.api import REQUEST, Api, Guards, refused
from gateway.backends import Backends
from gateway.contract import Contract
from gateway.endpoint import Endpoint, Sizes
from gateway.http import JSON, Answer, Request
from gateway.identity import Exchange, Identities
from gateway.limits import ADDRESS_FACTOR, Admission, RateLimit
from gateway.problems import Refusal
from gateway.routing import Router, routes
from gateway.transcoding import Codecs

_LANGUAGES_VARY = ("vary", "accept-language")


@dataclass(frozen=True)
class Configuration:
    """What the gateway needs to know.

    targets: service → "host:port" of its gRPC server. Sizes in bytes, timeout in seconds, rates in
    requests a second for each client; `running` requests work at once, `waiting` more queue.
    """

    targets: Mapping[str, str]
    body_bytes: int = 1 << 20
    upload_bytes: int = 1 << 28
    timeout: float = 10.0
    rate: int = 200
    burst: int = 400
    running: int = 4
    waiting: int = 12
    patience: float = 2.0


def create_app(
    configuration: Configuration, contract: Contract, exchange: Callable[[Backends], Exchange]
) -> Flask:
    """The application of one process; it opens its channels, so call it after any fork.

    `exchange` gives what turns an API key into an access token.
    """
    known = routes(contract)
    backends = Backends(configuration.targets, known)
    codecs = Codecs()
    sizes = Sizes(configuration.body_bytes, configuration.upload_bytes, configuration.timeout)
    served = [(route, Endpoint(route, codecs, backends, sizes)) for route in known]
    app = _pages(contract, backends)
    guards = _guards(configuration, Identities(exchange(backends)))
    app.wsgi_app = Api(Router(served), guards, app.wsgi_app)  # type: ignore[method-assign]
    return app


def _guards(configuration: Configuration, identities: Identities) -> Guards:
    rate, burst = configuration.rate, configuration.burst
    return Guards(
        identities,
        RateLimit(rate, burst),
        RateLimit(rate * ADDRESS_FACTOR, burst * ADDRESS_FACTOR),
        Admission(configuration.running, configuration.waiting, configuration.patience),
    )


def _pages(contract: Contract, backends: Backends) -> Flask:
    app = Flask(__name__, static_folder=None)

    @app.get("/healthz")
    def healthz() -> Response:
        """Whether this process answers."""
        return _json({"status": "ok"})

    @app.get("/readyz")
    def readyz() -> Response:
        """Whether at least one service can be reached; which ones, in the body."""
        services = backends.health(timeout=1.0)
        return _json({"services": services}, status=200 if any(services.values()) else 503)

    @app.get("/meta/v1/enums")
    def enums() -> Response:
        """The labels of all enum values in the client's language."""
        language = _request().language
        response = _json(labels.catalogue(contract, language))
        response.headers.extend([("content-language", language), _LANGUAGES_VARY])
        return response

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        """What Flask turns down, as problem details."""
        return _response(refused(_refusal(error), _request(), "gateway"))

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> Response:
        """What nobody expected: logged, and answered without internals."""
        return _response(refused(error, _request(), "gateway"))

    @app.after_request
    def carry_trace(response: Response) -> Response:
        """Every answer carries the trace id."""
        response.headers["x-trace-id"] = _request().trace.trace_id
        return response

    return app


def _refusal(error: HTTPException) -> Exception:
    if error.code == 405:
        allowed = ", ".join(sorted(getattr(error, "valid_methods", None) or ["GET"]))
        headers = [("allow", allowed)]
        return Refusal(405, "METHOD_NOT_ALLOWED", headers, method=request.method, allowed=allowed)
    if error.code == 404:
        return Refusal(404, "ROUTE_UNKNOWN")
    return error


def _request() -> Request:
    found: Request = request.environ[REQUEST]
    return found


def _json(document: object, status: int = 200) -> Response:
    return Response(orjson.dumps(document), status, content_type=JSON)


def _response(answer: Answer) -> Response:
    return Response(b"".join(answer.body), answer.status, answer.headers)
