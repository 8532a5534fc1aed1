"""What is wrong with one value of a request, and where it stands."""

from __future__ import annotations

from chassis.errors import FieldViolation


class Wrong(Exception):
    """A value that the contract does not allow. `violations` name fields by their path."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(reason, params)
        texts = {name: str(value) for name, value in params.items()}
        self.violations = [FieldViolation("", reason, texts)]

    @classmethod
    def several(cls, violations: list[FieldViolation]) -> Wrong:
        """Several values at once."""
        error = cls("INVALID_FIELDS")
        error.violations = violations
        return error

    def under(self, name: str) -> list[FieldViolation]:
        """The violations as seen from one level up, where this value is called `name`."""
        return [
            FieldViolation(_joined(name, inner.field), inner.reason, inner.params)
            for inner in self.violations
        ]


def _joined(name: str, inner: str) -> str:
    if not inner:
        return name
    return f"{name}{inner}" if inner.startswith("[") else f"{name}.{inner}"


def json_kind(value: object) -> str:
    """What JSON calls this value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "an array" if isinstance(value, list) else "an object"
