"""What fits the type of an extension field, and what of it may change (GOV-2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.errors import Invalid, MeridianError, Refused
from chassis.extensions.declarations import ExtensionType
from services.directory.extension_fields.domain import (
    MOST_FIELDS,
    ExtensionChoice,
    ExtensionField,
    ExtensionFieldState,
    ExtensionResource,
    ExtensionText,
)

MOMENT = datetime(2026, 11, 22, 12, tzinfo=UTC)
LABEL = ExtensionText("VAT regime", "增值税制度")
STANDARD = ExtensionChoice("standard", ExtensionText("Standard", "标准"))
REVERSE = ExtensionChoice("reverse", ExtensionText("Reverse charge", "反向征税"))


def field(kind: ExtensionType = ExtensionType.CHOICE, **more: Any) -> ExtensionField:
    described: dict[str, Any] = {"label": LABEL}
    if kind is ExtensionType.CHOICE:
        described["choices"] = (STANDARD, REVERSE)
    return ExtensionField(
        "extf_na_1", ExtensionResource.ACCOUNT, "vat_regime", kind, **described | more
    )


def refusal(action: Any) -> tuple[type[MeridianError], str]:
    with pytest.raises(MeridianError) as error:
        action()
    return type(error.value), error.value.reason


def test_a_declaration_tells_all_that_is_needed_to_check_a_value() -> None:
    vat = field(required=True)

    declared = vat.declare(active=0, at=MOMENT)

    assert declared.extension_field_id == "extf_na_1"
    assert declared.declaration.choices == ("standard", "reverse")
    assert (declared.declaration.required, declared.declaration.revision) == (True, 1)
    assert vat.announce_time == MOMENT


@pytest.mark.parametrize(
    ("kind", "described", "reason"),
    [
        (ExtensionType.CHOICE, {"choices": ()}, "EXTENSION_CHOICES_NEEDED"),
        (
            ExtensionType.CHOICE,
            {"choices": (ExtensionChoice("a", LABEL, retired=True),)},
            "EXTENSION_CHOICES_NEEDED",
        ),
        (ExtensionType.MULTIPLE_CHOICE, {}, "EXTENSION_CHOICES_NEEDED"),
        (ExtensionType.CHOICE, {"choices": (STANDARD, STANDARD)}, "EXTENSION_CHOICE_REPEATED"),
        (ExtensionType.TEXT, {"choices": (STANDARD,)}, "EXTENSION_CHOICES_UNWANTED"),
        (ExtensionType.DATE, {"max_length": 5}, "EXTENSION_LIMIT_UNWANTED"),
        (ExtensionType.TEXT, {"minimum": "1"}, "EXTENSION_LIMIT_UNWANTED"),
        (ExtensionType.INTEGER, {"minimum": "1.5"}, "EXTENSION_LIMIT_INVALID"),
        (ExtensionType.DATE, {"maximum": "tomorrow"}, "EXTENSION_LIMIT_INVALID"),
        (ExtensionType.DECIMAL, {"minimum": "10", "maximum": "9.5"}, "EXTENSION_LIMITS_CROSSED"),
    ],
)
def test_what_does_not_fit_the_type_is_refused(
    kind: ExtensionType, described: dict[str, Any], reason: str
) -> None:
    wrong = field(kind, **described)
    assert refusal(lambda: wrong.declare(active=0, at=MOMENT)) == (Invalid, reason)


def test_there_are_only_so_many_fields() -> None:
    field().declare(active=MOST_FIELDS - 1, at=MOMENT)
    assert refusal(lambda: field().declare(active=MOST_FIELDS, at=MOMENT)) == (
        Refused,
        "EXTENSION_FIELDS_TOO_MANY",
    )


def test_choices_are_added_and_retired_but_never_removed() -> None:
    vat = field()
    gone = ExtensionChoice("reverse", REVERSE.label, retired=True)
    export = ExtensionChoice("export", ExtensionText("Export", "出口"))

    changed = vat.revise({"choices": (STANDARD, gone, export)}, at=MOMENT)

    assert changed.declaration.choices == ("standard", "reverse", "export")
    assert changed.declaration.retired_choices == ("reverse",)
    assert refusal(lambda: vat.revise({"choices": (STANDARD, export)}, at=MOMENT)) == (
        Invalid,
        "EXTENSION_CHOICE_REMOVED",
    )


def test_a_retired_field_changes_only_by_being_restored() -> None:
    vat = field()

    assert vat.retire(at=MOMENT).declaration.retired
    assert (
        refusal(lambda: vat.revise({"required": True}, at=MOMENT))[1] == "EXTENSION_FIELD_RETIRED"
    )
    assert refusal(lambda: vat.retire(at=MOMENT))[1] == "EXTENSION_FIELD_RETIRED"
    assert refusal(lambda: vat.restore(MOST_FIELDS, at=MOMENT))[1] == "EXTENSION_FIELDS_TOO_MANY"
    assert not vat.restore(active=0, at=MOMENT).declaration.retired
    assert vat.state is ExtensionFieldState.ACTIVE
    assert refusal(lambda: vat.restore(active=0, at=MOMENT))[1] == "EXTENSION_FIELD_ACTIVE"


def test_what_is_said_again_is_the_present_revision() -> None:
    vat = field(version=3)
    assert vat.restate(at=MOMENT).declaration.revision == 3
