"""What can go wrong, as types. Domain code raises these; the server turns them into gRPC statuses.

Every error names a reason, an UPPER_SNAKE_CASE slug that is a key of a messages.toml (the
chassis's or the service's own), where its English and Chinese texts are. The keyword arguments
fill the text's placeholders and travel as ErrorInfo.metadata, so they must not be personal data.

    raise Refused("LEAD_CLOSED", state=self.state)

Source: google.rpc.Code and ErrorInfo, AIP-193.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass


class MeridianError(Exception):
    """The root of all expected failures. Never raised itself."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(reason, params)
        self.reason = reason
        self.params = {name: str(value) for name, value in params.items()}
        self.texts: Mapping[str, str] = {}
        """By language, what the neighbour said who raised it; nothing for an error of our own."""


@dataclass(frozen=True)
class FieldViolation:
    """One field that cannot stay as it is: its path in the request, a reason, the text's values.

    texts: as MeridianError's.
    """

    field: str
    reason: str
    params: dict[str, str]
    texts: Mapping[str, str] = dataclasses.field(default_factory=dict)


class Invalid(MeridianError):
    """INVALID_ARGUMENT: the request is wrong whatever the state of the system."""

    def __init__(self, reason: str, *, field: str = "", **params: object) -> None:
        super().__init__(reason, **params)
        self.violations = [FieldViolation(field, reason, self.params)] if field else []

    @classmethod
    def fields(cls, violations: list[FieldViolation]) -> Invalid:
        """Several fields at once, under the reason INVALID_FIELDS."""
        error = cls("INVALID_FIELDS", count=len(violations))
        error.violations = violations
        return error


class Unauthenticated(MeridianError):
    """UNAUTHENTICATED: who calls is not known."""


class Denied(MeridianError):
    """PERMISSION_DENIED: who calls is known and may not do this."""


class NotFound(MeridianError):
    """NOT_FOUND: it does not exist, or the caller may not see that it does."""


class AlreadyExists(MeridianError):
    """ALREADY_EXISTS: something unique is taken."""


class Aborted(MeridianError):
    """ABORTED: somebody else was first; read again and decide anew."""


class Refused(MeridianError):
    """FAILED_PRECONDITION: the record's state forbids it; it must change before a repeat helps."""


class Exhausted(MeridianError):
    """RESOURCE_EXHAUSTED: a limit is reached; wait, or ask for less."""


class Unavailable(MeridianError):
    """UNAVAILABLE: something needed is not there now; the same call may work later."""


class Internal(MeridianError):
    """INTERNAL: a defect of ours. Only the server raises it, for what nobody expected."""
