"""What is true of an extension field: what fits its type, and what of it may change (GOV-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.errors import Invalid, Refused
from chassis.extensions.declarations import (
    CHOICES,
    LIMITED,
    Declaration,
    ExtensionType,
    Fault,
    from_text,
)
from services.directory.extension_fields.events import (
    ExtensionFieldChanged,
    ExtensionFieldDeclared,
    ExtensionFieldRestated,
    ExtensionFieldRetired,
)

#: How many active fields a resource may have.
MOST_FIELDS = 50


class ExtensionResource(StrEnum):
    """The resources that regions can extend."""

    ACCOUNT = "account"
    CONTACT = "contact"
    LEAD = "lead"
    OPPORTUNITY = "opportunity"
    CASE = "case"
    PARTNER = "partner"


class ExtensionFieldState(StrEnum):
    """Whether values can be given."""

    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True)
class ExtensionText:
    """A text in English and in Simplified Chinese."""

    en: str
    zh: str


@dataclass(frozen=True)
class ExtensionChoice:
    """One of the values that can be chosen."""

    value: str
    label: ExtensionText
    retired: bool = False


@dataclass
class ExtensionField:
    """A field that the region adds to a resource."""

    id: str
    resource: ExtensionResource
    name: str
    type: ExtensionType
    required: bool = False
    choices: tuple[ExtensionChoice, ...] = ()
    label: ExtensionText | None = None
    help: ExtensionText | None = None
    max_length: int = 0
    minimum: str = ""
    maximum: str = ""
    state: ExtensionFieldState = ExtensionFieldState.ACTIVE
    #: When it was last announced.
    announce_time: datetime | None = None
    version: int = 0
    create_time: datetime | None = None
    update_time: datetime | None = None

    def declare(self, active: int, at: datetime) -> ExtensionFieldDeclared:
        """Check and announce a new field, beside so many active ones of its resource.

        Invalid(EXTENSION_CHOICES_NEEDED, EXTENSION_CHOICES_UNWANTED, EXTENSION_CHOICE_REPEATED,
        EXTENSION_LIMIT_UNWANTED, EXTENSION_LIMIT_INVALID, EXTENSION_LIMITS_CROSSED);
        Refused(EXTENSION_FIELDS_TOO_MANY).
        """
        _require_room(active)
        self._check()
        return ExtensionFieldDeclared(self.id, self._announce(at))

    def revise(self, changes: dict[str, Any], at: datetime) -> ExtensionFieldChanged:
        """Change fields by name. Errors: as declare; Refused(EXTENSION_FIELD_RETIRED);

        Invalid(EXTENSION_CHOICE_REMOVED) if a declared value is not among the choices any more.
        """
        self._require_active()
        declared = [choice.value for choice in self.choices]
        for name, value in changes.items():
            setattr(self, name, value)
        kept = {choice.value for choice in self.choices}
        for value in declared:
            if value not in kept:
                field = "extension_field.choices"
                raise Invalid("EXTENSION_CHOICE_REMOVED", field=field, value=value)
        self._check()
        return ExtensionFieldChanged(self.id, self._announce(at))

    def retire(self, at: datetime) -> ExtensionFieldRetired:
        """Take no more values. Refused(EXTENSION_FIELD_RETIRED)."""
        self._require_active()
        self.state = ExtensionFieldState.RETIRED
        return ExtensionFieldRetired(self.id, self._announce(at))

    def restore(self, active: int, at: datetime) -> ExtensionFieldChanged:
        """Take values again. Refused(EXTENSION_FIELD_ACTIVE, EXTENSION_FIELDS_TOO_MANY)."""
        if self.state is ExtensionFieldState.ACTIVE:
            raise Refused("EXTENSION_FIELD_ACTIVE")
        _require_room(active)
        self.state = ExtensionFieldState.ACTIVE
        return ExtensionFieldChanged(self.id, self._announce(at))

    def restate(self, at: datetime) -> ExtensionFieldRestated:
        """Say again what it is."""
        self.announce_time = at
        return ExtensionFieldRestated(self.id, self._declaration(self.version))

    def _announce(self, at: datetime) -> Declaration:
        """Note that it is announced; what it is as of the version that is written next."""
        self.announce_time = at
        return self._declaration(self.version + 1)

    def _declaration(self, revision: int) -> Declaration:
        """What others need to check a value."""
        return Declaration(
            resource=self.resource,
            name=self.name,
            type=self.type,
            required=self.required,
            choices=tuple(choice.value for choice in self.choices),
            retired_choices=tuple(choice.value for choice in self.choices if choice.retired),
            max_length=self.max_length,
            minimum=self.minimum,
            maximum=self.maximum,
            retired=self.state is ExtensionFieldState.RETIRED,
            revision=revision,
        )

    def _require_active(self) -> None:
        if self.state is not ExtensionFieldState.ACTIVE:
            raise Refused("EXTENSION_FIELD_RETIRED")

    def _check(self) -> None:
        self._check_choices()
        self._check_limits()

    def _check_choices(self) -> None:
        field = "extension_field.choices"
        if self.type not in CHOICES:
            if self.choices:
                raise Invalid("EXTENSION_CHOICES_UNWANTED", field=field, type=self.type)
            return
        if all(choice.retired for choice in self.choices):
            raise Invalid("EXTENSION_CHOICES_NEEDED", field=field, type=self.type)
        seen: set[str] = set()
        for position, choice in enumerate(self.choices):
            if choice.value in seen:
                at = f"{field}[{position}].value"
                raise Invalid("EXTENSION_CHOICE_REPEATED", field=at, value=choice.value)
            seen.add(choice.value)

    def _check_limits(self) -> None:
        if self.max_length and self.type is not ExtensionType.TEXT:
            field = "extension_field.max_length"
            raise Invalid("EXTENSION_LIMIT_UNWANTED", field=field, type=self.type)
        least = self._limit("minimum", self.minimum)
        most = self._limit("maximum", self.maximum)
        if least is not None and most is not None and least > most:
            raise Invalid("EXTENSION_LIMITS_CROSSED", field="extension_field.maximum")

    def _limit(self, name: str, text: str) -> Any:
        field = f"extension_field.{name}"
        if not text:
            return None
        if self.type not in LIMITED:
            raise Invalid("EXTENSION_LIMIT_UNWANTED", field=field, type=self.type)
        try:
            return from_text(self.type, text)
        except Fault:
            raise Invalid("EXTENSION_LIMIT_INVALID", field=field, type=self.type) from None


def _require_room(active: int) -> None:
    if active >= MOST_FIELDS:
        raise Refused("EXTENSION_FIELDS_TOO_MANY", most=MOST_FIELDS)
