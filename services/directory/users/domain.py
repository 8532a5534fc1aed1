"""What is true of a user: the states, who may get in, and what each verb announces (PLT-2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.errors import Invalid, Refused

MOST_TEAMS = 20


class UserKind(StrEnum):
    """A person logs in; an integration uses API keys alone."""

    PERSON = "person"
    INTEGRATION = "integration"


class UserState(StrEnum):
    """Whether a user may get in."""

    INVITED = "invited"
    ACTIVE = "active"
    LOCKED = "locked"
    DISABLED = "disabled"


@dataclass(frozen=True)
class UserCreated:
    """A user was added."""

    user_id: str
    kind: UserKind
    business_unit_id: str
    role_ids: tuple[str, ...]


@dataclass(frozen=True)
class UserUpdated:
    """A user's unit, partner, account or description changed."""

    user_id: str
    business_unit_id: str
    team_ids: tuple[str, ...]


@dataclass(frozen=True)
class UserRolesChanged:
    """A user's roles were replaced."""

    user_id: str
    role_ids: tuple[str, ...]
    former_role_ids: tuple[str, ...]


@dataclass(frozen=True)
class UserDisabled:
    """A user was kept out."""

    user_id: str


@dataclass(frozen=True)
class UserEnabled:
    """A disabled user was let in again."""

    user_id: str


@dataclass(frozen=True)
class UserLocked:
    """Log-in failed so often that it is refused for a while."""

    user_id: str
    locked_until_time: datetime


@dataclass(frozen=True)
class UserUnlocked:
    """A lock-out ended before its time."""

    user_id: str


@dataclass
class User:
    """Somebody, or some outside system, that may use Meridian."""

    id: str
    owner_id: str = ""
    """The user's own id: everybody's own row is theirs to see."""
    email: str = ""
    sign_in_name: str | None = None
    """The e-mail address as it is compared; None for a user without one."""
    name: str = ""
    kind: UserKind = UserKind.PERSON
    locale: str = ""
    time_zone: str = ""
    business_unit_id: str = ""
    partner_id: str = ""
    account_id: str = ""
    state: UserState = UserState.INVITED
    role_ids: tuple[str, ...] = field(default=())
    team_ids: tuple[str, ...] = field(default=())
    team_id: str = ""
    locked_until_time: datetime | None = None
    last_sign_in_time: datetime | None = None
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def create(self) -> UserCreated:
        """Check and announce a new user. Invalid(EMAIL_NEEDED) for a person without an address."""
        self.owner_id = self.id
        self.kind = self.kind or UserKind.PERSON
        self._settle_email()
        if self.kind is UserKind.INTEGRATION:
            self.state = UserState.ACTIVE
        return UserCreated(self.id, self.kind, self.business_unit_id, self.role_ids)

    def revise(self, changes: dict[str, Any]) -> UserUpdated:
        """Change fields by name. Invalid(EMAIL_NEEDED, KIND_FIXED)."""
        if changes.get("kind", self.kind) != self.kind:
            raise Invalid("KIND_FIXED", field="user.kind")
        for name, value in changes.items():
            setattr(self, name, value)
        self._settle_email()
        return self._updated()

    def assign_roles(self, role_ids: tuple[str, ...]) -> UserRolesChanged:
        """Replace the roles."""
        former, self.role_ids = self.role_ids, role_ids
        return UserRolesChanged(self.id, role_ids, former)

    def disable(self) -> UserDisabled:
        """Keep the user out. Refused(USER_DISABLED) if that is so already."""
        if self.state is UserState.DISABLED:
            raise Refused("USER_DISABLED")
        self.state, self.locked_until_time = UserState.DISABLED, None
        return UserDisabled(self.id)

    def enable(self, *, has_password: bool) -> UserEnabled:
        """Let a disabled user in again. Refused(USER_NOT_DISABLED)."""
        if self.state is not UserState.DISABLED:
            raise Refused("USER_NOT_DISABLED", state=self.state)
        ready = has_password or self.kind is UserKind.INTEGRATION
        self.state = UserState.ACTIVE if ready else UserState.INVITED
        return UserEnabled(self.id)

    def lock(self, until: datetime) -> UserLocked:
        """Refuse log-in until then."""
        self.state, self.locked_until_time = UserState.LOCKED, until
        return UserLocked(self.id, until)

    def unlock(self) -> UserUnlocked:
        """End a lock-out. Refused(USER_NOT_LOCKED)."""
        if self.state is not UserState.LOCKED:
            raise Refused("USER_NOT_LOCKED", state=self.state)
        self.activate()
        return UserUnlocked(self.id)

    def activate(self) -> None:
        """Let an invited or locked user in: a good password was given, or chosen."""
        self.state, self.locked_until_time = UserState.ACTIVE, None

    def may_sign_in(self, at: datetime) -> bool:
        """Whether a good password lets the user in now."""
        if self.state is UserState.LOCKED:
            return self.locked_until_time is not None and self.locked_until_time <= at
        return self.state is UserState.ACTIVE

    @property
    def may_act(self) -> bool:
        """Whether API keys and outside identities of the user open anything.

        A lock-out concerns the password alone: strangers must not be able to stop a user's programs.
        """
        return self.state in (UserState.ACTIVE, UserState.LOCKED)

    def join(self, team_id: str) -> bool:
        """Come into a team; False if the user is in it. Refused(TOO_MANY_TEAMS)."""
        if team_id in self.team_ids:
            return False
        if len(self.team_ids) >= MOST_TEAMS:
            raise Refused("TOO_MANY_TEAMS", most=MOST_TEAMS)
        self._settle_teams((*self.team_ids, team_id))
        return True

    def leave(self, team_id: str) -> bool:
        """Leave a team; False if the user is not in it."""
        if team_id not in self.team_ids:
            return False
        self._settle_teams(tuple(each for each in self.team_ids if each != team_id))
        return True

    def _settle_teams(self, team_ids: tuple[str, ...]) -> None:
        self.team_ids = team_ids
        self.team_id = team_ids[0] if team_ids else ""

    def _settle_email(self) -> None:
        if self.kind is UserKind.PERSON and not self.email:
            raise Invalid("EMAIL_NEEDED", field="user.email")
        self.sign_in_name = sign_in_name(self.email) or None

    def _updated(self) -> UserUpdated:
        return UserUpdated(self.id, self.business_unit_id, self.team_ids)


def sign_in_name(email: str) -> str:
    """An address as it is compared: without regard to case and to space around it."""
    return email.strip().casefold()
