"""Hashing passwords with argon2id. Costs about 20 ms of one core and 19 MiB for each check."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.directory.passwords.domain import normalised

# OWASP Password Storage Cheat Sheet: argon2id with m = 19 MiB, t = 2, p = 1.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Checked when there is no user or no password, so that the answer takes as long as for a real one.
_NOBODYS = _HASHER.hash("no password has this hash")


def hash_password(password: str) -> str:
    """The hash to keep, with its salt and parameters in PHC format."""
    return _HASHER.hash(normalised(password))


def matches(password_hash: str, password: str) -> bool:
    """Whether this is the password. Does the same work for an empty hash, and says no."""
    try:
        _HASHER.verify(password_hash or _NOBODYS, normalised(password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash)


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)
