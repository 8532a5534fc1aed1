"""Who asks: a bearer token, passed on as it is, or an API key, exchanged for one at directory.

The gateway decides nothing by it; every service verifies the token itself.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from meridian.directory.v1 import token_service_pb2

from chassis.errors import Unauthenticated
from gateway.backends import Backends
from gateway.problems import Refusal

#: Gives the access token for an API key, and for how many seconds it is good.
Exchange = Callable[[str], tuple[str, float]]

_RENEW_BEFORE = 30.0
_MOST_KEYS = 10_000
_EXCHANGE = "/meridian.directory.v1.TokenService/ExchangeToken"


def through_directory(backends: Backends) -> Exchange:
    """Have directory exchange API keys. What it answers to a wrong one is raised as grpc.RpcError."""

    def exchange(key: str) -> tuple[str, float]:
        request = token_service_pb2.ExchangeTokenRequest(
            subject_token=key, subject_token_type=token_service_pb2.SUBJECT_TOKEN_TYPE_API_KEY
        )
        answer = backends.call("directory", _EXCHANGE, request, token_service_pb2.ExchangedToken)
        return answer.access_token, answer.expires_in

    return exchange


class Identities:
    """Finds the Authorization that goes along with a request."""

    def __init__(self, exchange: Exchange, clock: Callable[[], float] = time.monotonic) -> None:
        self._exchange = exchange
        self._clock = clock
        self._tokens: dict[bytes, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def authorization(self, environ: Mapping[str, Any], *, is_public: bool) -> str:
        """ "Bearer <token>"; "" for a public method that was asked without identity.

        Raises Unauthenticated if there is none where one is needed.
        """
        bearer, key = environ.get("HTTP_AUTHORIZATION"), environ.get("HTTP_X_API_KEY")
        if bearer and key:
            raise Refusal(400, "CREDENTIALS_TWICE")
        if key:
            return self._of_key(key)
        if not bearer and not is_public:
            raise Unauthenticated("TOKEN_MISSING")
        return bearer or ""

    def renew(self, environ: Mapping[str, Any], refused: str) -> str | None:
        """Another Authorization than the refused one, if an API key stands behind it.

        A token goes stale before its time when the roles of its owner change.
        """
        key = environ.get("HTTP_X_API_KEY")
        if not key:
            return None
        with self._lock:
            self._tokens.pop(_digest(key), None)
        renewed = self._of_key(key)
        return None if renewed == refused else renewed

    def _of_key(self, key: str) -> str:
        digest, now = _digest(key), self._clock()
        known = self._tokens.get(digest)
        if known and known[1] > now:
            return known[0]
        token, seconds = self._exchange(key)
        with self._lock:
            if len(self._tokens) >= _MOST_KEYS:
                self._tokens.clear()
            self._tokens[digest] = (f"Bearer {token}", now + seconds - _RENEW_BEFORE)
        return f"Bearer {token}"


def client_of(environ: Mapping[str, Any]) -> str:
    """What stands for the client in rate limits: its credential, else its address."""
    credential = environ.get("HTTP_AUTHORIZATION") or environ.get("HTTP_X_API_KEY")
    if not credential:
        return address_of(environ)
    return _digest(credential).hex()


def address_of(environ: Mapping[str, Any]) -> str:
    """The address that the request came from."""
    return str(environ.get("REMOTE_ADDR") or "?")


def _digest(secret: str) -> bytes:
    return hashlib.blake2b(secret.encode("latin-1", "replace"), digest_size=16).digest()
