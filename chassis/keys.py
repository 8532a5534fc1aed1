"""Public keys of a token issuer, by key id, from its JSON Web Key Set.

Source: RFC 7517 (JWK), RFC 8037 (Ed25519 in JWK).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from jwt import PyJWK
from jwt.exceptions import PyJWTError

from chassis.errors import Unavailable
from chassis.outages import Outage

log = logging.getLogger(__name__)

Jwks = Mapping[str, Any]
"""A decoded JSON Web Key Set: {"keys": [{"kid": …, "kty": …}, …]}."""


class KeySet:
    """The signing keys of one issuer, fetched when first needed and kept.

    An unknown key id makes it fetch again, at most once per `cooldown` seconds whatever strangers
    send; keys older than `lifespan` seconds are fetched anew, so that a withdrawn key disappears.
    While the issuer cannot be reached the last known keys go on working.
    """

    def __init__(
        self,
        fetch: Callable[[], Jwks],
        *,
        source: str = "directory",
        cooldown: float = 5.0,
        lifespan: float = 600.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`source` is for the log; `cooldown` and `lifespan` are in seconds."""
        self._fetch = fetch
        self._cooldown = cooldown
        self._lifespan = lifespan
        self._monotonic = monotonic
        self._keys: dict[str, PyJWK] | None = None
        self._fetched_at = float("-inf")
        self._attempted_at = float("-inf")
        self._outage = Outage(log, f"fetching the keys of {source}", monotonic)
        self._lock = threading.Lock()

    def find(self, key_id: str) -> PyJWK | None:
        """The key of that id, or None if the issuer has no such key.

        Raises Unavailable(KEYS_UNAVAILABLE) if the issuer's keys could never be read.
        """
        if self._keys is None or key_id not in self._keys:
            self._refresh(wait=True)
        elif self._is_stale():
            self._refresh(wait=False)
        if self._keys is None:
            raise Unavailable("KEYS_UNAVAILABLE")
        return self._keys.get(key_id)

    def read(self) -> bool:
        """Whether the keys are known. If they are not they are fetched, whenever that was tried last."""
        if self._keys is None:
            self._attempted_at = float("-inf")
            self._refresh(wait=True)
        return self._keys is not None

    def _is_stale(self) -> bool:
        return self._monotonic() - self._fetched_at > self._lifespan

    def _refresh(self, *, wait: bool) -> None:
        """Fetch the keys. Who has the key it looked for need not wait while another thread fetches."""
        if not self._lock.acquire(blocking=wait):
            return
        try:
            if self._monotonic() - self._attempted_at >= self._cooldown:
                self._attempted_at = self._monotonic()
                self._keys = signing_keys(self._fetch())
                self._fetched_at = self._monotonic()
                self._outage.over()
        except Exception as error:
            # Whatever the transport raises: the last known keys stay.
            self._outage.note(error)
        finally:
            self._lock.release()


def signing_keys(jwks: Jwks) -> dict[str, PyJWK]:
    """The keys of a set that can check signatures, by key id; encryption keys are left out."""
    keys = {}
    for jwk in jwks.get("keys", []):
        if jwk.get("use", "sig") != "sig" or not jwk.get("kid"):
            continue
        try:
            keys[jwk["kid"]] = PyJWK(jwk)
        except PyJWTError:
            log.info("a key of a kind that is not supported was left out: kid=%s", jwk["kid"])
    return keys
