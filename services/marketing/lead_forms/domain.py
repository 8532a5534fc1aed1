"""What is true of a form: which fields it shows, and which answers it believes (MKT-2). Pure Python."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chassis.errors import Invalid, Refused

#: How the fields of a form name an extension field.
EXTENSION = "extensions."
#: Nobody fills a form in faster; programs do.
SHORTEST_LOOK = timedelta(seconds=2)
LONGEST_LOOK = timedelta(days=1)


class LeadFormState(StrEnum):
    """Whether people can send it."""

    ACTIVE = "active"
    CLOSED = "closed"


@dataclass
class LeadForm:
    """A form through which people become leads without logging in."""

    id: str
    #: With it the form's tokens are signed; it never leaves the service.
    secret: str
    name: str = ""
    campaign_id: str = ""
    source: str = ""
    fields: tuple[str, ...] = ()
    required_fields: tuple[str, ...] = ()
    state: LeadFormState = LeadFormState.ACTIVE
    owner_id: str = ""
    team_id: str = ""
    business_unit_id: str = ""
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def revise(self, changes: dict[str, Any]) -> None:
        """Change fields by name. Invalid(FORM_FIELD_NOT_SHOWN): what is required must be shown."""
        for name, value in changes.items():
            setattr(self, name, value)
        for name in self.required_fields:
            if name not in self.fields:
                raise Invalid("FORM_FIELD_NOT_SHOWN", field="lead_form.required_fields", name=name)

    def close(self) -> None:
        """Take no more answers."""
        self.state = LeadFormState.CLOSED

    def reopen(self) -> None:
        """Take answers again."""
        self.state = LeadFormState.ACTIVE

    def require_active(self) -> None:
        """Refused(FORM_CLOSED)."""
        if self.state is not LeadFormState.ACTIVE:
            raise Refused("FORM_CLOSED")

    def token(self, nonce: str, at: datetime) -> str:
        """Proof that the form was opened at this moment; the nonce tells it from others."""
        opened = f"{int(at.timestamp())}.{nonce}"
        return f"{opened}.{self._signature(opened)}"

    def check_token(self, token: str, at: datetime) -> None:
        """Invalid(FORM_TOKEN_INVALID); Refused(FORM_TOKEN_EARLY, FORM_TOKEN_LATE)."""
        opened, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(opened).encode(), signature.encode()):
            raise Invalid("FORM_TOKEN_INVALID", field="token")
        looked = at.timestamp() - int(opened.partition(".")[0])
        if looked < SHORTEST_LOOK.total_seconds():
            raise Refused("FORM_TOKEN_EARLY")
        if looked > LONGEST_LOOK.total_seconds():
            raise Refused("FORM_TOKEN_LATE")

    @property
    def extensions(self) -> frozenset[str]:
        """The extension fields that it shows, by name."""
        shown = (name for name in self.fields if name.startswith(EXTENSION))
        return frozenset(name.removeprefix(EXTENSION) for name in shown)

    def check_answers(self, answers: Mapping[str, Any]) -> None:
        """Invalid(FORM_FIELD_NOT_SHOWN, FORM_FIELD_NEEDED) for the first field that does not fit.

        An extension field is called as in `fields`.
        """
        for name, value in answers.items():
            if value and name not in self.fields:
                raise Invalid("FORM_FIELD_NOT_SHOWN", field=f"lead.{name}", name=name)
        for name in self.required_fields:
            answer = answers.get(name)
            if answer in (None, []) or (isinstance(answer, str) and not answer.strip()):
                raise Invalid("FORM_FIELD_NEEDED", field=f"lead.{name}", name=name)

    def _signature(self, opened: str) -> str:
        signed = f"{self.id}.{opened}".encode()
        return hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
