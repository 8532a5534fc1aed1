"""One route at work: HTTP request in, gRPC call, HTTP answer out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import grpc
import orjson

from chassis.telemetry.request_metrics import http_meter
from gateway.backends import Backends
from gateway.binding import Binder
from gateway.http import JSON, Answer, Headers, Request
from gateway.limits import priority_of
from gateway.routing import Route
from gateway.transcoding import Codecs

log = logging.getLogger(__name__)

#: Seconds that moving a file may take.
BULK_TIMEOUT = 900.0
#: The longest that a client may have a call wait, in seconds.
LONGEST_TIMEOUT = 60.0
#: Of an answer with reference data outside the hub: how many seconds ago it was known to agree with the hub's.
REPLICA_AGE = "meridian-replica-age"
_CHUNK = 256 * 1024
_KEPT_IN_MEMORY = 4 * 1024 * 1024
_RAW_HEADERS: Headers = [
    ("x-content-type-options", "nosniff"),
    ("content-disposition", "attachment"),
    ("cache-control", "no-store"),
]


@dataclass(frozen=True)
class Sizes:
    """The largest bodies that are taken, in bytes, and the usual deadline, in seconds."""

    body: int
    upload: int
    timeout: float


class Endpoint:
    """Answers the requests of one route."""

    def __init__(self, route: Route, codecs: Codecs, backends: Backends, sizes: Sizes) -> None:
        self.route = route
        self.priority = priority_of(route)
        self.meter = http_meter(route.service, route.verb, route.template)
        self._sizes = sizes
        self._binder = Binder(route, codecs)
        self._render = codecs.of(route.method.output_type).render
        self._stub = backends.stub(route)
        self._has_etag = "etag" in route.method.output_type.fields_by_name
        self._usual, self._longest = (
            (BULK_TIMEOUT, BULK_TIMEOUT) if route.is_bulk else (sizes.timeout, LONGEST_TIMEOUT)
        )
        self._run = self._runner()

    def answer(self, request: Request, values: list[str], authorization: str) -> Answer:
        """The answer to a request that found its way here; `values` stood in its path.

        Raises Invalid, Refusal or the grpc.RpcError that the service answered with.
        """
        return self._run(request, values, self._call_options(request, authorization))

    def timeout(self, request: Request) -> float:
        """Seconds within which the client wants this answered."""
        return request.timeout(self._usual, self._longest)

    def _runner(self) -> Callable[[Request, list[str], dict[str, Any]], Answer]:
        if self.route.takes_raw_body:
            return self._upload
        return self._download if self.route.method.server_streaming else self._exchange

    def _call_options(self, request: Request, authorization: str) -> dict[str, Any]:
        metadata = [("traceparent", request.trace.header()), ("accept-language", request.language)]
        if authorization:
            metadata.append(("authorization", authorization))
        key = request.idempotency_key
        if key is not None and self.route.verb != "GET":
            metadata.append(("idempotency-key", key))
        return {"timeout": self.timeout(request), "metadata": metadata}

    def _exchange(self, request: Request, values: list[str], options: dict[str, Any]) -> Answer:
        body = request.json(self._sizes.body) if self.route.body else None
        message = self._bind(request, values, body)
        if self.route.shows_replica:
            return self._aged(message, request, options)
        return self._answered(self._stub(message, **options), request)

    def _aged(self, message: Any, request: Request, options: dict[str, Any]) -> Answer:
        """The answer, and how old the replica is that it comes from."""
        response, call = self._stub.with_call(message, **options)
        answer = self._answered(response, request)
        answer.headers += [
            (REPLICA_AGE, v) for k, v in call.trailing_metadata() if k == REPLICA_AGE
        ]
        return answer

    def _upload(self, request: Request, values: list[str], options: dict[str, Any]) -> Answer:
        most = self._sizes.upload if self.route.method.client_streaming else self._sizes.body
        first = self._bind(request, values, None)
        if "content_type" in self.route.request_fields:
            first.content_type = request.header("CONTENT_TYPE") or ""
        parts = request.chunks(most, _CHUNK)
        if not self.route.method.client_streaming:
            setattr(first, self.route.body, b"".join(parts))
            return self._answered(self._stub(first, **options), request)
        upload = _Upload(first, self.route.body, parts)
        try:
            return self._answered(self._stub(iter(upload), **options), request)
        except grpc.RpcError:
            if upload.failure is not None:
                raise upload.failure from None
            raise

    def _download(self, request: Request, values: list[str], options: dict[str, Any]) -> Answer:
        """The whole file is fetched first, so that one cut short becomes an error, not a shorter file."""
        content_type = "application/octet-stream"
        file = SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY)  # noqa: SIM115 - _File closes it
        try:
            for part in self._stub(self._bind(request, values, None), **options):
                content_type = part.content_type or content_type
                file.write(part.data)
        except BaseException:
            file.close()
            raise
        length = ("content-length", str(file.tell()))
        file.seek(0)
        return Answer(200, [("content-type", content_type), length, *_RAW_HEADERS], _File(file))

    def _bind(self, request: Request, values: list[str], body: Any) -> Any:
        if_match = request.header("HTTP_IF_MATCH") if self.route.verb != "GET" else None
        return self._binder.bind(values, request.query, body, if_match)

    def _answered(self, response: Any, request: Request) -> Answer:
        if self.route.answers_raw:
            headers = [("content-type", response.content_type), *_RAW_HEADERS]
            return Answer(200, headers, [response.data])
        if self.route.answers_nothing:
            return Answer(204)
        headers = [
            ("content-type", JSON),
            ("cache-control", "private, no-cache" if self.route.verb == "GET" else "no-store"),
        ]
        if self._has_etag and response.etag:
            etag = f'"{response.etag}"'
            headers.append(("etag", etag))
            if self.route.verb == "GET" and _names(request.header("HTTP_IF_NONE_MATCH"), etag):
                return Answer(304, headers[1:])
        return Answer(200, headers, [orjson.dumps(self._render(response))])


def _names(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has this version already (RFC 9110 §13.1.2)."""
    if if_none_match is None:
        return False
    known = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return etag in known or known == ["*"]


class _Upload:
    """The messages of an upload: the first carries the fields of the URL, all carry a chunk."""

    def __init__(self, first: Any, field: str, parts: Iterator[bytes]) -> None:
        self._first = first
        self._field = field
        self._parts = parts
        self.failure: Exception | None = None

    def __iter__(self) -> Iterator[Any]:
        message = self._first
        try:
            for part in self._parts:
                setattr(message, self._field, part)
                yield message
                message = type(message)()
            if message is self._first:
                yield message
        except Exception as error:
            self.failure = error
            raise


class _File:
    """A body that lies in a temporary file, sent in parts and then forgotten."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        while part := self._file.read(_CHUNK):
            yield part

    def close(self) -> None:
        """Forget it."""
        self._file.close()
