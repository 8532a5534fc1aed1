"""What a process asks the directory of another region, through that region's gateway.

Its public keys and its list of revocations: both are public there, neither tells anything personal.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import orjson
import urllib3
from google.protobuf import json_format
from meridian.directory.v1 import token_service_pb2

from chassis.keys import Jwks
from chassis.revocations import RevocationPage
from chassis.settings import Peer

#: Seconds that an answer may take; a revocation must be known within five.
_TIMEOUT = 2.0
_LARGEST_ANSWER = 1 << 22


class PeerDirectory:
    """The directory of one other region. Make it after the fork; close it at the end."""

    def __init__(self, peer: Peer) -> None:
        self.region = peer.region
        self.issuer = f"urn:meridian:{peer.region}"
        self._base = urlsplit(peer.gateway_url).path.rstrip("/")
        self._pool = urllib3.connection_from_url(
            peer.gateway_url, maxsize=2, timeout=_TIMEOUT, retries=False
        )

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
        answer = self._pool.request("GET", self._base + path, preload_content=False)
        try:
            content = answer.read(_LARGEST_ANSWER)
        finally:
            answer.close()
        if answer.status != 200:
            raise ConnectionError(f"{self.region} answered {answer.status}")
        return content
