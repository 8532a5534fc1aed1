"""What is no service's method: documentation, labels of enum values, health."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import orjson
from flask import Flask, Response, abort, render_template, request
from werkzeug.exceptions import HTTPException

from gateway import docs_page, labels
from gateway.api import REQUEST, refused
from gateway.backends import Backends
from gateway.contract import Contract
from gateway.description import Descriptions
from gateway.http import JSON, Answer, Request
from gateway.problems import Refusal

_PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def add(app: Flask, contract: Contract, descriptions: Descriptions, backends: Backends) -> None:
    """Add the pages, and the answers to what is none, to an application."""
    _add_health(app, backends)
    _add_labels(app, contract)
    _add_documentation(app, descriptions)
    app.register_error_handler(HTTPException, _turned_down)
    app.register_error_handler(
        Exception, lambda error: _response(refused(error, _request(), "gateway"))
    )
    app.after_request(_with_trace)


def _add_health(app: Flask, backends: Backends) -> None:
    @app.get("/healthz")
    def healthz() -> Response:
        """Whether this process answers."""
        return _json({"status": "ok"})

    @app.get("/readyz")
    def readyz() -> Response:
        """Whether any service can be reached; which ones, in the body."""
        services = backends.health(timeout=1.0)
        return _json({"services": services}, status=200 if any(services.values()) else 503)


def _add_labels(app: Flask, contract: Contract) -> None:
    catalogue = cache(lambda language: orjson.dumps(labels.catalogue(contract, language)))

    @app.get("/meta/v1/enums")
    def enums() -> Response:
        """The labels of all enum values in the client's language."""
        return _in_language(_lasting(catalogue(_request().language)))


def _add_documentation(app: Flask, descriptions: Descriptions) -> None:
    @app.get("/openapi.json")
    def openapi_json() -> Response:
        """The description of the API for programs."""
        return _in_language(_lasting(descriptions.current(_request().language).written))

    @app.get("/docs")
    def docs() -> Response:
        """The description of the API for people: what there is."""
        description = descriptions.current(_request().language)
        document, pages = description.document, description.pages
        headers = document["components"]["parameters"].values()
        return _page(
            "index.html", pages, info=document["info"], pages=pages.values(), headers=headers
        )

    @app.get("/docs/<service>")
    def docs_of(service: str) -> Response:
        """The description of one service for people."""
        pages = descriptions.current(_request().language).pages
        if service not in pages:
            abort(404)
        return _page("service.html", pages, page=pages[service])


def _page(template: str, services: dict[str, docs_page.Page], **values: Any) -> Response:
    text = render_template(template, services=list(services), **values)
    return Response(text, headers=_PAGE_HEADERS, mimetype="text/html")


def _turned_down(error: HTTPException) -> Response:
    return _response(refused(_refusal(error), _request(), "gateway"))


def _refusal(error: HTTPException) -> Exception:
    if error.code == 405:
        allowed = ", ".join(sorted(getattr(error, "valid_methods", None) or ["GET"]))
        headers = [("allow", allowed)]
        return Refusal(405, "METHOD_NOT_ALLOWED", headers, method=request.method, allowed=allowed)
    return Refusal(404, "ROUTE_UNKNOWN") if error.code == 404 else error


def _with_trace(response: Response) -> Response:
    response.headers["x-trace-id"] = _request().trace.trace_id
    return response


def _request() -> Request:
    found: Request = request.environ[REQUEST]
    return found


def _json(document: object, status: int = 200) -> Response:
    return Response(orjson.dumps(document), status, content_type=JSON)


def _lasting(body: bytes) -> Response:
    """JSON that seldom changes; sent once to who remembers it."""
    response = Response(body, content_type=JSON)
    response.set_etag(hashlib.blake2b(body, digest_size=12).hexdigest())
    response.headers["cache-control"] = "no-cache"
    response.make_conditional(request)
    return response


def _in_language(response: Response) -> Response:
    response.headers.extend({"content-language": _request().language, "vary": "accept-language"})
    return response


def _response(answer: Answer) -> Response:
    return Response(b"".join(answer.body), answer.status, answer.headers)
