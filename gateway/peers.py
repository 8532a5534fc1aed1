"""The gateways of the other regions, asked over pooled HTTP connections.

Each peer has so many places and no more: a region that hangs keeps at most that many threads of
this gateway, and for a second after it failed nobody waits for it at all.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
    TimeoutError,
)

from chassis.settings import Peer
from chassis.telemetry.request_metrics import forwarding_meter

log = logging.getLogger(__name__)

#: Seconds that making a connection may take, and for which a region that failed is left alone.
_CONNECT = 2.0
_PAUSE = 1.0
_CHUNK = 64 * 1024
_NEVER_SENT = (NewConnectionError, ConnectTimeoutError, SSLError)


class PeerFailed(Exception):
    """A region gave no answer. `was_sent`: whether the request may have arrived there."""

    def __init__(self, region: str, *, was_sent: bool, too_late: bool = False) -> None:
        super().__init__(region)
        self.region = region
        self.was_sent = was_sent
        self.too_late = too_late


class PeerBusy(Exception):
    """As many requests as may wait for this region do so already."""

    def __init__(self, region: str) -> None:
        super().__init__(region)
        self.region = region


@dataclass(frozen=True)
class Question:
    """An HTTP request to a peer. `target` is the path with its query, percent-encoded."""

    verb: str
    target: str
    headers: dict[str, str]
    body: bytes | Iterable[bytes] | None = None

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be sent twice: it only reads, or has its effect once because of its key."""
        is_whole = self.body is None or isinstance(self.body, bytes)
        return is_whole and (self.verb == "GET" or "idempotency-key" in self.headers)


class PeerGateway:
    """The gateway of one other region."""

    def __init__(self, peer: Peer, places: int) -> None:
        """places: how many requests may be under way to it at once."""
        self.region = peer.region
        self._base = urlsplit(peer.gateway_url).path.rstrip("/")
        self._pool = urllib3.connection_from_url(peer.gateway_url, maxsize=places, retries=False)
        self._places = threading.BoundedSemaphore(places)
        self._paused_until = float("-inf")
        self._meter = forwarding_meter(peer.region)

    def ask(self, question: Question, timeout: float) -> Reply:
        """Its answer, whatever the status; close it when done. timeout: seconds until all has arrived.

        Raises PeerFailed or PeerBusy, and whatever the question's body raises while it is read.
        """
        if time.monotonic() < self._paused_until:
            self._meter.count("unreachable")
            raise PeerFailed(self.region, was_sent=False)
        if not self._places.acquire(blocking=False):
            self._meter.count("busy")
            raise PeerBusy(self.region)
        began = time.monotonic()
        try:
            response = self._open(question, timeout)
            return Reply(self, response, began, began + timeout)
        except HTTPError as error:
            self._places.release()
            raise self.failed(error) from error
        except BaseException:
            self._places.release()
            raise

    def _open(self, question: Question, timeout: float) -> urllib3.BaseHTTPResponse:
        """A connection that was kept open may turn out to be closed: what can be repeated is."""
        try:
            return self._opened(question, timeout)
        except ProtocolError:
            if not question.is_repeatable:
                raise
        return self._opened(question, timeout)

    def _opened(self, question: Question, timeout: float) -> urllib3.BaseHTTPResponse:
        return self._pool.urlopen(
            question.verb,
            self._base + question.target,
            body=question.body,
            headers=question.headers,
            timeout=urllib3.Timeout(connect=min(_CONNECT, timeout), read=timeout),
            redirect=False,
            preload_content=False,
            decode_content=False,
        )

    def failed(self, error: HTTPError) -> PeerFailed:
        """Leave the region alone for a moment, and say what went wrong."""
        # NewConnectionError, which is no time-out, is a ConnectTimeoutError to urllib3.
        too_late = isinstance(error, TimeoutError) and not isinstance(error, NewConnectionError)
        self._paused_until = time.monotonic() + _PAUSE
        self._meter.count("timed_out" if too_late else "unreachable")
        log.warning("region %s does not answer: %s", self.region, type(error).__name__)
        was_sent = not isinstance(error, _NEVER_SENT)
        return PeerFailed(self.region, was_sent=was_sent, too_late=too_late and was_sent)

    def done(self, seconds: float) -> None:
        """An answer has arrived, so many seconds after the question."""
        self._meter.count("answered")
        self._meter.observe(seconds)

    def leave(self) -> None:
        """A reply was closed: its place is free."""
        self._places.release()

    def close(self) -> None:
        """Close its connections."""
        self._pool.close()


class Reply:
    """The answer of a peer: read it or send it on in parts, and close it."""

    def __init__(
        self, peer: PeerGateway, response: urllib3.BaseHTTPResponse, began: float, deadline: float
    ) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self._peer = peer
        self._response = response
        self._deadline = deadline
        self._is_open = True
        peer.done(time.monotonic() - began)

    def __iter__(self) -> Iterator[bytes]:
        """The body, as it arrives. Raises PeerFailed if it is cut short or takes too long."""
        try:
            while part := self._response.read1(_CHUNK):
                yield part
                if time.monotonic() > self._deadline:
                    raise ReadTimeoutError(None, None, "the body takes too long")  # type: ignore[arg-type]
        except HTTPError as error:
            raise self._peer.failed(error) from error

    def read(self) -> bytes:
        """The whole body. Raises PeerFailed."""
        try:
            return b"".join(self)
        finally:
            self.close()

    def close(self) -> None:
        """Give the place back; a connection that was not read to the end is cut."""
        if self._is_open:
            self._is_open = False
            self._response.close()
            self._peer.leave()
