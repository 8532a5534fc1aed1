"""What a process asks the directory of another region, through that region's gateway.

Its public keys and its list of revocations: both are public there, neither tells anything personal.
Since every process of a service asks for news every two seconds, it also tells whether that gateway is
reachable, and until when its certificate is good.
"""

from __future__ import annotations

import ssl
import time
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
import urllib3
from google.protobuf import json_format
from meridian.directory.v1 import token_service_pb2
from urllib3.connection import HTTPSConnection

from chassis.keys import Jwks
from chassis.revocations import RevocationPage
from chassis.settings import Peer
from chassis.telemetry import region_metrics

#: Seconds that an answer may take; a revocation must be known within five.
_TIMEOUT = 2.0
_LARGEST_ANSWER = 1 << 22
#: Seconds after which a connection over TLS is made anew.
_LONGEST_CONNECTION = 3600.0


class PeerDirectory:
    """The directory of one other region. Make it after the fork; close it at the end."""

    def __init__(self, peer: Peer) -> None:
        self.region = peer.region
        self.issuer = f"urn:meridian:{peer.region}"
        self._base = urlsplit(peer.gateway_url).path.rstrip("/")
        self._pool = _connections(peer)

    def keys(self) -> Jwks:
        """Its public keys. Raises whatever HTTP and JSON raise."""
        keys: Jwks = orjson.loads(self._get("/directory/v1/jwks"))
        return keys

    def revocations(self, cursor: str) -> RevocationPage:
        """What it has revoked since the cursor, of its own: it has no say about anybody else's."""
        since = f"?since={quote(cursor)}" if cursor else ""
        answer = json_format.Parse(
            self._get(f"/directory/v1/revocations{since}"),
            token_service_pb2.ListRevocationsResponse(),
            ignore_unknown_fields=True,
        )
        return RevocationPage.of(answer).about(self.region)

    def close(self) -> None:
        """Close its connections."""
        self._pool.close()

    def _get(self, path: str) -> bytes:
        answered = False
        try:
            content = self._content(path)
            answered = True
        finally:
            region_metrics.peer_reachable(self.region, answered)
        return content

    def _content(self, path: str) -> bytes:
        answer = self._pool.request("GET", self._base + path, preload_content=False)
        try:
            content = answer.read(_LARGEST_ANSWER)
        finally:
            answer.close()
        if answer.status != 200:
            raise ConnectionError(f"{self.region} answered {answer.status}")
        return content


class _WatchedConnection(HTTPSConnection):
    """Tells of the certificate that it meets, and makes room for a new connection after an hour,
    since a certificate that was renewed is shown to new connections alone.
    """

    def __init__(self, *args: Any, region: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self._region = region
        self._began = 0.0

    def connect(self) -> None:
        super().connect()
        self._began = time.monotonic()
        # urllib3 has checked it: whoever shows none, or one that is not good, is not connected.
        shown: dict[str, Any] = self.sock.getpeercert()  # type: ignore[union-attr]
        region_metrics.peer_certificate(self._region, ssl.cert_time_to_seconds(shown["notAfter"]))

    @property
    def is_connected(self) -> bool:
        return super().is_connected and time.monotonic() - self._began < _LONGEST_CONNECTION


class _WatchedPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _WatchedConnection


def _connections(peer: Peer) -> urllib3.HTTPConnectionPool:
    parts = urlsplit(peer.gateway_url)
    host = str(parts.hostname)
    options: dict[str, Any] = {"maxsize": 2, "timeout": _TIMEOUT, "retries": False}
    if parts.scheme == "https":
        return _WatchedPool(host, parts.port, **options, region=peer.region)
    return urllib3.HTTPConnectionPool(host, parts.port, **options)
