"""Sending a request on to the region where its record lives, once, and that region's answer back.

Only the headers named here go along, in both directions; what belongs to one connection, or says
who the client's own connection is, stays here (RFC 9110 §7.6.1). The caller's token goes along as
it is, and is verified again there; an API key never does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from gateway.endpoint import Endpoint, Sizes
from gateway.http import Answer, Request
from gateway.peers import PeerBusy, PeerFailed, PeerGateway, Question, Reply
from gateway.problems import Refusal

#: Who forwarded a request: the name of a region. Such a request is never forwarded again.
FORWARDED = "HTTP_MERIDIAN_FORWARDED"

_CHUNK = 256 * 1024
_SENT_ALONG = {
    "HTTP_CONTENT_ENCODING": "content-encoding",
    "HTTP_IDEMPOTENCY_KEY": "idempotency-key",
    "HTTP_IF_MATCH": "if-match",
    "HTTP_IF_NONE_MATCH": "if-none-match",
    "CONTENT_TYPE": "content-type",
}
_BROUGHT_BACK = frozenset(
    {
        "cache-control",
        "content-disposition",
        "content-language",
        "content-length",
        "content-type",
        "etag",
        "meridian-replica-age",
        "retry-after",
        "www-authenticate",
        "x-content-type-options",
    }
)


class Forwarder:
    """Knows the gateways of the other regions."""

    def __init__(self, region: str, peers: Mapping[str, PeerGateway], sizes: Sizes) -> None:
        """region: this one, as the others are to know it."""
        self._region = region
        self._peers = peers
        self._sizes = sizes

    @property
    def regions(self) -> list[str]:
        """The other regions."""
        return list(self._peers)

    def read(
        self, request: Request, region: str, authorization: str, query: str, seconds: float
    ) -> tuple[int, bytes]:
        """Status and body of what that region answers to the same path with another query.

        Raises Refusal if it gives no answer.
        """
        headers = _identified(request, authorization, self._region, seconds)
        question = Question("GET", _target(request.path, query), headers)
        try:
            reply = self._peers[region].ask(question, seconds)
            return reply.status, reply.read()
        except (PeerFailed, PeerBusy) as failure:
            raise _no_answer(failure, "GET") from failure

    def forward(
        self, request: Request, endpoint: Endpoint, region: str, authorization: str
    ) -> Answer:
        """What that region answers. Raises Refusal if it gives no answer."""
        headers = self._headers(request, endpoint, authorization)
        body = self._body(request, endpoint, headers)
        verb = "GET" if request.method == "HEAD" else request.method
        question = Question(verb, _target(request.path, request.query), headers, body)
        timeout = endpoint.timeout(request)
        try:
            return _answer(self._peers[region].ask(question, timeout), endpoint, region)
        except (PeerFailed, PeerBusy) as failure:
            raise _no_answer(failure, verb) from failure

    def _headers(self, request: Request, endpoint: Endpoint, authorization: str) -> dict[str, str]:
        seconds = endpoint.timeout(request)
        headers = _identified(request, authorization, self._region, seconds)
        for name, sent in _SENT_ALONG.items():
            if value := request.header(name):
                headers[sent] = value
        return headers

    def _body(
        self, request: Request, endpoint: Endpoint, headers: dict[str, str]
    ) -> bytes | Iterable[bytes] | None:
        route = endpoint.route
        if not route.takes_raw_body:
            return request.content(self._sizes.body) if route.body else None
        most = self._sizes.upload if route.is_bulk else self._sizes.body
        if (length := request.header("CONTENT_LENGTH")) and length.isdigit():
            headers["content-length"] = length
        return request.chunks(most, _CHUNK)


def _answer(reply: Reply, endpoint: Endpoint, region: str) -> Answer:
    """Files are sent on as they arrive; all else is awaited, so that a failure is told properly."""
    headers = [(name, value) for name, value in reply.headers.items() if name in _BROUGHT_BACK]
    if endpoint.route.answers_raw and reply.status == 200:
        return Answer(reply.status, headers, reply, region)
    return Answer(reply.status, headers, [reply.read()], region)


def _identified(
    request: Request, authorization: str, region: str, seconds: float
) -> dict[str, str]:
    headers = {
        "accept-language": request.language,
        "traceparent": request.trace.header(),
        "x-request-timeout": f"{max(seconds, 1):g}",
        "meridian-forwarded": region,
        "accept-encoding": "identity",
    }
    if authorization:
        headers["authorization"] = authorization
    return headers


def _target(path: str, query: str) -> str:
    quoted = quote(path, safe="/:@!$&'()*+,;=~-._")
    return f"{quoted}?{query}" if query else quoted


def _no_answer(failure: PeerFailed | PeerBusy, verb: str) -> Refusal:
    retry = [("retry-after", "1")]
    if isinstance(failure, PeerBusy):
        return Refusal(503, "FORWARDING_BUSY", retry, region=failure.region)
    if failure.was_sent and (failure.too_late or verb != "GET"):
        return Refusal(504, "REGION_ANSWER_MISSING", region=failure.region)
    return Refusal(503, "REGION_UNREACHABLE", retry, region=failure.region)
