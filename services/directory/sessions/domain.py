"""What is true of a session: refreshed with a token that works once, ended for a reason (PLT-2).

Source: RFC 9700 §4.14 (refresh token rotation with reuse detection).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chassis.errors import Unauthenticated
from services.directory.secrets import digest_of, is_same, random_text

_KIND = "mrt"


class SessionState(StrEnum):
    """Whether a session can be refreshed."""

    ACTIVE = "active"
    ENDED = "ended"


class SessionEndReason(StrEnum):
    """Why a session ended."""

    SIGNED_OUT = "signed_out"
    REVOKED = "revoked"
    REFRESH_REUSED = "refresh_reused"
    USER_DISABLED = "user_disabled"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason, not a password


@dataclass(frozen=True)
class SessionStarted:
    """Somebody logged in."""

    session_id: str
    owner_id: str


@dataclass(frozen=True)
class SessionRevoked:
    """A session ended before its time."""

    session_id: str
    owner_id: str
    reason: SessionEndReason


@dataclass(frozen=True)
class RefreshToken:
    """A refresh token, "mrt_<session id>.<family>.<turn>".

    All tokens of a session share the family, each has its own turn. So a token used twice is told
    from a forged one without keeping those before, and a stranger cannot end a session.
    """

    session_id: str
    family: str
    turn: str

    @property
    def text(self) -> str:
        """As the client keeps it."""
        return f"{_KIND}_{self.session_id}.{self.family}.{self.turn}"

    @classmethod
    def first(cls, session_id: str) -> RefreshToken:
        """The token that logging in gives."""
        return cls(session_id, random_text(), random_text())

    def next(self) -> RefreshToken:
        """The token that follows this one."""
        return RefreshToken(self.session_id, self.family, random_text())

    @classmethod
    def parse(cls, text: str) -> RefreshToken:
        """Read a client's text. Unauthenticated(REFRESH_TOKEN_INVALID) if it cannot be one."""
        head, *parts = text.split(".")
        if not head.startswith(f"{_KIND}_") or len(parts) != 2:
            raise Unauthenticated("REFRESH_TOKEN_INVALID")
        return cls(head.removeprefix(f"{_KIND}_"), *parts)


@dataclass
class Session:
    """A user's stay after logging in."""

    id: str
    owner_id: str
    team_id: str = ""
    business_unit_id: str = ""
    state: SessionState = SessionState.ACTIVE
    client: str = ""
    family_digest: str = ""
    """Digest of the part that all refresh tokens of the session share."""
    turn_digest: str = ""
    """Digest of the part that only the refresh token has that works now."""
    last_use_time: datetime | None = None
    expire_time: datetime | None = None
    end_time: datetime | None = None
    end_reason: SessionEndReason | None = None
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def start(self, token: RefreshToken, at: datetime, lifetime: timedelta) -> SessionStarted:
        """Begin, with the first refresh token."""
        self.family_digest = digest_of(token.family)
        self._use(token, at, lifetime)
        return SessionStarted(self.id, self.owner_id)

    def rotate(self, token: RefreshToken, at: datetime, lifetime: timedelta) -> None:
        """Put the next refresh token in place of the one just used."""
        self._use(token, at, lifetime)

    def issued(self, token: RefreshToken) -> bool:
        """Whether this session ever gave out this refresh token's family; else it is a forgery."""
        return is_same(self.family_digest, token.family)

    def used_before(self, token: RefreshToken) -> bool:
        """Whether a token of this session's family had its turn already: there are two holders."""
        return not is_same(self.turn_digest, token.turn)

    def check_refreshable(self, at: datetime) -> None:
        """Unauthenticated(SESSION_REVOKED) once ended, (REFRESH_TOKEN_INVALID) once expired."""
        if self.state is SessionState.ENDED:
            raise Unauthenticated("SESSION_REVOKED")
        if self.expire_time is None or self.expire_time <= at:
            raise Unauthenticated("REFRESH_TOKEN_INVALID")

    def end(self, reason: SessionEndReason, at: datetime) -> SessionRevoked | None:
        """End the session; None if it has ended before."""
        if self.state is SessionState.ENDED:
            return None
        self.state, self.end_time, self.end_reason = SessionState.ENDED, at, reason
        return SessionRevoked(self.id, self.owner_id, reason)

    def _use(self, token: RefreshToken, at: datetime, lifetime: timedelta) -> None:
        self.turn_digest = digest_of(token.turn)
        self.last_use_time, self.expire_time = at, at + lifetime
