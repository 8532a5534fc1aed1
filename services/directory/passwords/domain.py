"""What is true of passwords: which are good enough, and when guessing is stopped (PLT-2).

Length counts, composition does not; the most used ones and the user's own name are refused.
Source: NIST SP 800-63B §5.1.1 and §5.2.2, OWASP Authentication Cheat Sheet.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.errors import Invalid

SHORTEST, LONGEST = 12, 128
FAILURES_BEFORE_LOCK = 5
FIRST_LOCK = timedelta(minutes=1)
LONGEST_LOCK = timedelta(hours=1)
TOKEN_LIFETIME = timedelta(hours=72)

#: What the most used passwords of this length are made of; digits and signs around do not help.
COMMON_STEMS = (
    "password", "passw0rd", "letmein", "welcome", "qwerty", "qwertyuiop", "iloveyou", "administrator",
    "admin", "changeme", "abcdefghijkl", "asdfghjkl", "football", "baseball", "sunshine", "princess",
    "trustno1", "monkey", "dragon", "master", "superman", "default", "secret", "test", "woaini",
)  # fmt: skip


@dataclass
class Credential:
    """A user's password, as a hash, with what protects it against guessing."""

    id: str
    """The user id."""
    password_hash: str = ""
    """Empty while no password has been chosen."""
    password_time: datetime | None = None
    failures: int = 0
    """Failed attempts since the last good one."""
    token_digest: str = ""
    """SHA-256 of the one-time token in force, hexadecimal; empty if there is none."""
    token_expire_time: datetime | None = None
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def fail(self, at: datetime) -> datetime | None:
        """Count a failed attempt. Returns until when log-in is refused now; None if it is not.

        From the fifth failure on each one locks: for a minute, then twice as long each time, up to
        an hour.
        """
        self.failures += 1
        beyond = self.failures - FAILURES_BEFORE_LOCK
        if beyond < 0:
            return None
        # The exponent is bounded so that a long siege cannot overflow the time.
        return at + min(FIRST_LOCK * (1 << min(beyond, 10)), LONGEST_LOCK)

    def succeed(self) -> None:
        """Forget failed attempts."""
        self.failures = 0

    def choose(self, password_hash: str, at: datetime) -> None:
        """Take a new password; a one-time token in force no longer works."""
        self.password_hash, self.password_time = password_hash, at
        self.token_digest, self.token_expire_time = "", None
        self.failures = 0

    def issue_token(self, digest: str, at: datetime) -> datetime:
        """Put a one-time token in force, in place of the one before. Returns when it expires."""
        self.token_digest, self.token_expire_time = digest, at + TOKEN_LIFETIME
        return self.token_expire_time

    def check_token(self, digest: str, at: datetime) -> None:
        """Invalid(PASSWORD_TOKEN_INVALID) unless this is the token in force."""
        known = bool(self.token_digest) and hmac.compare_digest(self.token_digest, digest)
        if not known or self.token_expire_time is None or self.token_expire_time <= at:
            raise Invalid("PASSWORD_TOKEN_INVALID", field="token")


def normalised(password: str) -> str:
    """The same password however a keyboard composes its characters (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def check_rules(password: str, *, field: str, name: str, email: str) -> None:
    """Invalid with PASSWORD_TOO_SHORT, _TOO_LONG, _CONTAINS_NAME or _TOO_COMMON."""
    plain = normalised(password)
    if len(plain) < SHORTEST:
        raise Invalid("PASSWORD_TOO_SHORT", field=field, least=SHORTEST)
    if len(plain) > LONGEST:
        raise Invalid("PASSWORD_TOO_LONG", field=field, most=LONGEST)
    folded = plain.casefold()
    if any(word in folded for word in _own_words(name, email)):
        raise Invalid("PASSWORD_CONTAINS_NAME", field=field)
    if _is_common(folded):
        raise Invalid("PASSWORD_TOO_COMMON", field=field)


def _own_words(name: str, email: str) -> list[str]:
    words = re.split(r"[\W_]+", f"{name} {email.partition('@')[0]}".casefold())
    return [word for word in words if len(word) >= 4]


def _is_common(folded: str) -> bool:
    if len(set(folded)) < 5:
        return True
    stem = re.sub(r"[^a-z]+", "", folded)
    remainder = re.sub("|".join(sorted(COMMON_STEMS, key=len, reverse=True)), "", folded)
    remainder = re.sub(r"[\d\W_]+", "", remainder)
    return not remainder or (stem in COMMON_STEMS)
