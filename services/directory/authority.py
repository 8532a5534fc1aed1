"""What makes directory an authority: its signing key, the outside issuers and services it believes.

The signing key file holds one or more Ed25519 private keys (PEM). The first signs; tokens of the
others are still believed, so that a new key can be put first without logging anybody out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from chassis.environment import SettingsError
from chassis.errors import Unauthenticated
from chassis.issuers import OUTSIDE_ALGORITHMS, Claims, Issuer, JwtVerifier
from chassis.keys import Jwks, KeySet
from chassis.settings import OutsideIssuer, Settings
from chassis.tokens import Identity, TokenSigner

_PEM = re.compile(rb"-----BEGIN [^-]+-----.+?-----END [^-]+-----", re.DOTALL)
_JWKS_TIMEOUT_SECONDS = 5
_LARGEST_JWKS = 1 << 20


@dataclass(frozen=True)
class AccessToken:
    """A signed access token."""

    text: str
    expires_in: int
    """Seconds for which it is good."""


class Authority:
    """Signs access tokens, and checks the proofs that are exchanged for them."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        """Raises SettingsError if the signing key or a service credential cannot be read."""
        key = read_keys(settings)[0]
        tokens = settings.tokens
        self._signer = TokenSigner(key, key_id(key), tokens.issuer, lifetime=tokens.access_lifetime)
        self._lifetime = tokens.access_lifetime
        self._clock = clock
        self._outside = JwtVerifier(
            [_outside(issuer) for issuer in tokens.outside_issuers],
            clock=lambda: clock().timestamp(),
        )
        self._credentials = _read_credentials(settings.service_credentials_file)

    def sign(self, identity: Identity) -> AccessToken:
        """An access token for this identity, issued now.

        Where the identity was read from the database its user's row is still locked, see
        services.directory.users.store.lock.
        """
        now = self._clock().timestamp()
        text = self._signer.sign(identity, token_id=str(uuid.uuid4()), now=now)
        return AccessToken(text, self._lifetime)

    def outside_claims(self, token: str) -> Claims:
        """What an outside issuer says about its account. Errors: TOKEN_INVALID, TOKEN_EXPIRED."""
        return self._outside.claims(token)

    def service_account(self, credential: str) -> str:
        """The account of "<account>.<secret>". Errors: SERVICE_CREDENTIAL_INVALID."""
        account, _, secret = credential.partition(".")
        known = self._credentials.get(account, "")
        same = hmac.compare_digest(known.encode(), secret.encode())
        if not known or not same:
            raise Unauthenticated("SERVICE_CREDENTIAL_INVALID")
        return account


def read_keys(settings: Settings) -> list[Ed25519PrivateKey]:
    """The private keys, the signing one first. Raises SettingsError."""
    file = settings.tokens.signing_key_file
    try:
        blocks = _PEM.findall(file.read_bytes())
        keys = [load_pem_private_key(block, password=None) for block in blocks]
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError([f"MERIDIAN_SIGNING_KEY_FILE={file}: {error}"]) from error
    signing = [key for key in keys if isinstance(key, Ed25519PrivateKey)]
    if not signing or len(signing) != len(keys):
        problem = f"MERIDIAN_SIGNING_KEY_FILE={file} must hold Ed25519 private keys (PEM) alone"
        raise SettingsError([problem])
    return signing


def jwks(settings: Settings) -> Jwks:
    """The public halves of the keys, as a JSON Web Key Set. Raises SettingsError."""
    return {"keys": [_jwk(key) for key in read_keys(settings)]}


def key_id(key: Ed25519PrivateKey) -> str:
    """The thumbprint of the key (RFC 7638)."""
    required = {"crv": "Ed25519", "kty": "OKP", "x": _x(key)}
    canonical = json.dumps(required, sort_keys=True, separators=(",", ":"))
    return _base64url(hashlib.sha256(canonical.encode()).digest())


def _jwk(key: Ed25519PrivateKey) -> dict[str, str]:
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": _x(key),
        "kid": key_id(key),
        "alg": "EdDSA",
        "use": "sig",
    }


def _x(key: Ed25519PrivateKey) -> str:
    return _base64url(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _read_credentials(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise SettingsError([f"MERIDIAN_SERVICE_CREDENTIALS_FILE={file}: {error}"]) from error
    return {str(account): str(secret) for account, secret in dict(found).items()}


def _outside(issuer: OutsideIssuer) -> Issuer:
    keys = KeySet(lambda: _fetch_jwks(issuer.jwks_url), source=issuer.issuer)
    return Issuer(issuer.issuer, keys, issuer.audience, OUTSIDE_ALGORITHMS)


def _fetch_jwks(url: str) -> Jwks:
    if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise ValueError(f"{url}: keys are believed over https alone")
    with urllib.request.urlopen(url, timeout=_JWKS_TIMEOUT_SECONDS) as answer:  # noqa: S310
        found: dict[str, Any] = json.loads(answer.read(_LARGEST_JWKS))
    return found
