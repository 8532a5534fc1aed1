"""What is true of a linked identity: one outside account stands for one user (PLT-2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from chassis.errors import Invalid


@dataclass
class LinkedIdentity:
    """An account at an outside OIDC issuer that stands for one of our users."""

    id: str
    owner_id: str = ""
    team_id: str = ""
    business_unit_id: str = ""
    issuer: str = ""
    subject: str = ""
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def create(self, issuers: Collection[str]) -> None:
        """Invalid(ISSUER_UNKNOWN) unless the issuer is one that the configuration names."""
        if self.issuer not in issuers:
            raise Invalid("ISSUER_UNKNOWN", field="linked_identity.issuer", issuer=self.issuer)
