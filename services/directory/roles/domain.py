"""What is true of roles: grants that can be read, built-in ones that stay as they are (PLT-2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chassis.errors import Invalid, Refused

#: Kept equal to chassis.grants by a test; the domain asks nobody.
_GRANT = re.compile(
    r"(\*|[a-z][a-z_-]*)(\.(\*|[a-z][a-z_-]*)){0,2}"
    r"@(own|partner|customer|team|business_unit|region|all)"
)


@dataclass(frozen=True)
class RoleCreated:
    """A region added a role."""

    role_id: str
    grants: tuple[str, ...]


@dataclass(frozen=True)
class RoleUpdated:
    """A role of the region changed."""

    role_id: str
    grants: tuple[str, ...]


@dataclass(frozen=True)
class RoleDeleted:
    """A role of the region was removed."""

    role_id: str


@dataclass
class Role:
    """What a kind of user may do."""

    id: str
    slug: str = ""
    name: str = ""
    name_zh: str = ""
    description: str = ""
    grants: tuple[str, ...] = field(default=())
    built_in: bool = False
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def create(self) -> RoleCreated:
        """Check and announce a role that the region adds. Invalid(GRANT_INVALID)."""
        self._check_grants()
        return RoleCreated(self.id, self.grants)

    def revise(self, changes: dict[str, Any]) -> RoleUpdated:
        """Change fields by name. Refused(ROLE_BUILT_IN); Invalid(SLUG_FIXED, GRANT_INVALID)."""
        self._require_own()
        if changes.get("slug", self.slug) != self.slug:
            raise Invalid("SLUG_FIXED", field="role.slug")
        for name, value in changes.items():
            setattr(self, name, value)
        self._check_grants()
        return RoleUpdated(self.id, self.grants)

    def delete(self, *, held: bool) -> RoleDeleted:
        """Refused(ROLE_BUILT_IN), or (ROLE_IN_USE) while somebody holds it."""
        self._require_own()
        if held:
            raise Refused("ROLE_IN_USE", role=self.id)
        return RoleDeleted(self.id)

    def _require_own(self) -> None:
        if self.built_in:
            raise Refused("ROLE_BUILT_IN", role=self.id)

    def _check_grants(self) -> None:
        for position, grant in enumerate(self.grants):
            if not _GRANT.fullmatch(grant):
                raise Invalid("GRANT_INVALID", field=f"role.grants[{position}]", grant=grant)
