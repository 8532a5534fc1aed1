"""Signed tokens (JWT) of issuers that we believe: directory, and outside OIDC issuers.

Source: RFC 7519 (JWT), RFC 8725 (JWT best current practice), OpenID Connect Core 1.0.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

from chassis.errors import Unauthenticated
from chassis.keys import KeySet

AUDIENCE = "meridian"
OUTSIDE_ALGORITHMS = ("RS256", "ES256", "EdDSA")
LEEWAY_SECONDS = 10.0
_LONGEST_TOKEN = 16_384

Claims = Mapping[str, Any]


@dataclass(frozen=True)
class Issuer:
    """Somebody whose tokens are believed: its "iss", its keys, what its tokens look like."""

    name: str
    keys: KeySet
    audience: str = AUDIENCE
    algorithms: tuple[str, ...] = ("EdDSA",)
    region: str = ""
    """The other region whose directory this is; empty for our own, and for outside issuers."""


class JwtVerifier:
    """Checks signature, issuer, audience and times of tokens; knows nothing of what they grant.

    Refuses with Unauthenticated: TOKEN_INVALID (malformed, unknown issuer or key, wrong algorithm,
    signature or audience, not valid yet) or TOKEN_EXPIRED.
    """

    def __init__(
        self,
        issuers: Sequence[Issuer],
        *,
        clock: Callable[[], float] = time.time,
        leeway: float = LEEWAY_SECONDS,
    ) -> None:
        """`clock` gives Unix seconds; `leeway` is how many seconds clocks may differ by."""
        self._issuers = {issuer.name: issuer for issuer in issuers}
        self._clock = clock
        self._leeway = leeway

    def claims(self, token: str) -> Claims:
        """The claims of a token that passes every check."""
        if not token or len(token) > _LONGEST_TOKEN:
            raise Unauthenticated("TOKEN_INVALID")
        try:
            header = jwt.get_unverified_header(token)
            unverified = jwt.decode(token, options={"verify_signature": False})
        except jwt.PyJWTError as error:
            raise Unauthenticated("TOKEN_INVALID") from error
        issuer = self._issuers.get(str(unverified.get("iss")))
        if issuer is None or header.get("alg") not in issuer.algorithms:
            raise Unauthenticated("TOKEN_INVALID")
        claims = self._checked(token, str(header.get("kid")), issuer)
        self._check_times(claims)
        return claims

    def _checked(self, token: str, key_id: str, issuer: Issuer) -> Claims:
        key = issuer.keys.find(key_id)
        if key is None:
            raise Unauthenticated("TOKEN_INVALID")
        try:
            return jwt.decode(
                token,
                key,
                algorithms=issuer.algorithms,
                audience=issuer.audience,
                issuer=issuer.name,
                # Times are checked by _check_times, against the clock given.
                options={
                    "require": ["iss", "sub", "aud", "iat", "exp"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except jwt.PyJWTError as error:
            raise Unauthenticated("TOKEN_INVALID") from error

    def _check_times(self, claims: Claims) -> None:
        now = self._clock()
        try:
            issued = float(claims["iat"])
            expires = float(claims["exp"])
            not_before = float(claims.get("nbf", issued))
        except (TypeError, ValueError) as error:
            raise Unauthenticated("TOKEN_INVALID") from error
        latest = now + self._leeway
        # Written so that NaN fails too.
        if not (issued <= latest and not_before <= latest):
            raise Unauthenticated("TOKEN_INVALID")
        if not (now < expires + self._leeway):
            raise Unauthenticated("TOKEN_EXPIRED")
