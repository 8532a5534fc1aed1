"""What is true of an API key: shown once, limited to roles of its user, ended for good (PLT-2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chassis.errors import Invalid, Refused
from services.directory.secrets import is_same

KIND = "mak"
USUAL_LIFETIME = timedelta(days=365)
LONGEST_LIFETIME = timedelta(days=2 * 365)
_USE_NOTED_EVERY = timedelta(minutes=1)


class ApiKeyState(StrEnum):
    """Whether a key can be used."""

    ACTIVE = "active"
    REVOKED = "revoked"


@dataclass(frozen=True)
class ApiKeyCreated:
    """A key was made."""

    api_key_id: str
    owner_id: str
    role_ids: tuple[str, ...]
    expire_time: datetime


@dataclass(frozen=True)
class ApiKeyRevoked:
    """A key was ended."""

    api_key_id: str
    owner_id: str


@dataclass
class ApiKey:
    """A secret with which a user's programs get access tokens."""

    id: str
    name: str = ""
    owner_id: str = ""
    team_id: str = ""
    business_unit_id: str = ""
    role_ids: tuple[str, ...] = field(default=())
    expire_time: datetime | None = None
    state: ApiKeyState = ApiKeyState.ACTIVE
    digest: str = ""
    """SHA-256 of the secret, hexadecimal."""
    last_use_time: datetime | None = None
    revoke_time: datetime | None = None
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def create(self, digest: str, held: Collection[str], at: datetime) -> ApiKeyCreated:
        """Keep the digest of the secret and announce the key.

        Args:
            digest: SHA-256 of the secret, hexadecimal.
            held: ids of the roles that the key's user has.
            at: now, UTC.

        Raises:
            Invalid: ROLE_NOT_HELD, EXPIRY_PAST, EXPIRY_TOO_FAR.
        """
        for position, role_id in enumerate(self.role_ids):
            if role_id not in held:
                path = f"api_key.role_ids[{position}]"
                raise Invalid("ROLE_NOT_HELD", field=path, role=role_id)
        self.expire_time = self.expire_time or at + USUAL_LIFETIME
        if self.expire_time <= at:
            raise Invalid("EXPIRY_PAST", field="api_key.expire_time")
        if self.expire_time > at + LONGEST_LIFETIME:
            raise Invalid("EXPIRY_TOO_FAR", field="api_key.expire_time", days=LONGEST_LIFETIME.days)
        self.digest = digest
        return ApiKeyCreated(self.id, self.owner_id, self.role_ids, self.expire_time)

    def revoke(self, at: datetime) -> ApiKeyRevoked:
        """End it for good. Refused(API_KEY_REVOKED) if that is so already."""
        if self.state is ApiKeyState.REVOKED:
            raise Refused("API_KEY_REVOKED")
        self.state, self.revoke_time = ApiKeyState.REVOKED, at
        return ApiKeyRevoked(self.id, self.owner_id)

    def opens(self, text: str, at: datetime) -> bool:
        """Whether this text is the secret and the key is good now."""
        same = is_same(self.digest, text)
        return same and self.state is ApiKeyState.ACTIVE and self._is_before_expiry(at)

    def roles_within(self, held: Collection[str]) -> tuple[str, ...]:
        """The key's roles, without those that its user has lost."""
        return tuple(role_id for role_id in self.role_ids if role_id in held)

    def use_is_news(self, at: datetime) -> bool:
        """Whether the noted time of the last use is more than a minute old."""
        return self.last_use_time is None or at - self.last_use_time >= _USE_NOTED_EVERY

    def _is_before_expiry(self, at: datetime) -> bool:
        return self.expire_time is not None and at < self.expire_time
