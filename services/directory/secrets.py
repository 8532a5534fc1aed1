"""Secrets that clients carry: API keys, refresh tokens, one-time tokens. Only their digests are kept.

The secrets have 256 random bits, so a plain SHA-256 is enough: there is nothing to guess.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

_RANDOM_BYTES = 32


@dataclass(frozen=True)
class Secret:
    """A secret to hand out once, "<kind>_<record id>.<random>", and the digest to keep."""

    text: str
    digest: str


def new_secret(kind: str, record_id: str) -> Secret:
    """A new secret of this kind for this record."""
    text = f"{kind}_{record_id}.{random_text()}"
    return Secret(text, digest_of(text))


def random_text() -> str:
    """Text of 256 random bits."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def digest_of(text: str) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def record_of(kind: str, text: str) -> str:
    """The record id in a secret of this kind; empty if it is not one."""
    head, dot, _ = text.partition(".")
    return head.removeprefix(f"{kind}_") if dot and head.startswith(f"{kind}_") else ""


def is_same(digest: str, text: str) -> bool:
    """Whether the text has this digest, compared in constant time."""
    return hmac.compare_digest(digest, digest_of(text))
