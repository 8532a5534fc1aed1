"""Extension fields through real gRPC on a real PostgreSQL (GOV-2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from meridian.directory.v1 import extension_field_pb2
from meridian.directory.v1.extension_field_service_pb2 import (
    DESCRIPTOR,
    CreateExtensionFieldRequest,
    GetExtensionFieldRequest,
    GetExtensionSchemaRequest,
    ListExtensionFieldsRequest,
    RestoreExtensionFieldRequest,
    RetireExtensionFieldRequest,
    UpdateExtensionFieldRequest,
)

from chassis.app import utc_now
from chassis.errors import Aborted, AlreadyExists, Denied, Invalid, NotFound, Refused
from services.directory.extension_fields.domain import MOST_FIELDS
from services.directory.extension_fields.timers import RESTATED_AFTER, restate
from tests.component.directory.acting import refusal_of
from tests.running import Caller, RunningService

FIELDS = DESCRIPTOR.services_by_name["ExtensionFieldService"]
LABEL = {"en": "VAT regime", "zh": "增值税制度"}
CHOICES = [
    {"value": "standard", "label": {"en": "Standard", "zh": "标准"}},
    {"value": "reverse", "label": {"en": "Reverse charge", "zh": "反向征税"}},
]


def declare(who: Caller, **fields: Any) -> extension_field_pb2.ExtensionField:
    described = {
        "resource": "EXTENSION_RESOURCE_ACCOUNT",
        "name": "vat_regime",
        "type": "EXTENSION_TYPE_CHOICE",
        "label": LABEL,
        "choices": CHOICES,
    }
    request = CreateExtensionFieldRequest(extension_field=described | fields)
    declared: extension_field_pb2.ExtensionField = who.call(FIELDS).CreateExtensionField(request)
    return declared


def declare_text(who: Caller, name: str, **fields: Any) -> extension_field_pb2.ExtensionField:
    return declare(who, name=name, type="EXTENSION_TYPE_TEXT", choices=[], **fields)


def update(
    who: Caller, field_id: str, mask: list[str], **fields: Any
) -> extension_field_pb2.ExtensionField:
    request = UpdateExtensionFieldRequest(
        extension_field={"id": field_id} | fields, update_mask={"paths": mask}
    )
    updated: extension_field_pb2.ExtensionField = who.call(FIELDS).UpdateExtensionField(request)
    return updated


def test_a_field_is_declared_read_and_announced(directory: RunningService, admin: Caller) -> None:
    vat = declare(admin, required=True, help={"en": "For invoices.", "zh": "用于开票。"})

    assert vat.id.startswith("extf_na_")
    assert (vat.state, vat.label.zh) == (
        extension_field_pb2.EXTENSION_FIELD_STATE_ACTIVE,
        "增值税制度",
    )
    assert admin.call(FIELDS).GetExtensionField(GetExtensionFieldRequest(id=vat.id)) == vat
    assert directory.events() == ["ExtensionFieldDeclared"]


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"name": "VAT"}, "extension_field.name", "STRING_PATTERN"),
        ({"name": "a" * 41}, "extension_field.name", "STRING_MAX_LEN"),
        ({"resource": 0}, "extension_field.resource", "ENUM_NOT_IN"),
        ({"type": 0}, "extension_field.type", "ENUM_NOT_IN"),
        ({"label": None}, "extension_field.label", "REQUIRED"),
        ({"label": {"en": "VAT"}}, "extension_field.label.zh", "STRING_MIN_LEN"),
        ({"max_length": 401}, "extension_field.max_length", "INT32_GTE_LTE"),
        ({"choices": []}, "extension_field.choices", "EXTENSION_CHOICES_NEEDED"),
        ({"minimum": "1"}, "extension_field.minimum", "EXTENSION_LIMIT_UNWANTED"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(
    directory: RunningService, admin: Caller, fields: dict[str, Any], field: str, reason: str
) -> None:
    refusal = refusal_of(lambda: declare(admin, **fields))
    assert isinstance(refusal, Invalid)
    assert [(each.field, each.reason) for each in refusal.violations] == [(field, reason)]
    assert directory.table("extension_fields") == []


def test_a_name_is_taken_for_good(directory: RunningService, admin: Caller) -> None:
    vat = declare(admin)
    assert isinstance(refusal_of(lambda: declare(admin)), AlreadyExists)
    admin.call(FIELDS).RetireExtensionField(RetireExtensionFieldRequest(id=vat.id))

    refusal = refusal_of(lambda: declare_text(admin, "vat_regime"))

    assert refusal.reason == "EXTENSION_FIELD_EXISTS"
    assert len(directory.table("extension_fields")) == 1
    declare(admin, resource="EXTENSION_RESOURCE_LEAD")


def test_what_may_change_changes(directory: RunningService, admin: Caller) -> None:
    vat = declare(admin)

    added = [*CHOICES, {"value": "export", "label": {"en": "Export", "zh": "出口"}}]
    changed = update(admin, vat.id, ["choices", "required"], choices=added, required=True)

    assert ([each.value for each in changed.choices], changed.required) == (
        ["standard", "reverse", "export"],
        True,
    )
    assert directory.events()[1:] == ["ExtensionFieldChanged"]
    fixed = refusal_of(lambda: update(admin, vat.id, ["type"], type="EXTENSION_TYPE_TEXT"))
    assert fixed.reason == "FIELD_NOT_UPDATABLE"
    removed = refusal_of(lambda: update(admin, vat.id, ["choices"], choices=CHOICES[:1]))
    assert removed.reason == "EXTENSION_CHOICE_REMOVED"
    stale = refusal_of(lambda: update(admin, vat.id, ["required"], etag="1"))
    assert isinstance(stale, Aborted)
    assert directory.table("extension_fields")[0]["version"] == 2


def test_a_field_is_retired_and_restored(directory: RunningService, admin: Caller) -> None:
    vat = declare(admin)
    retired = admin.call(FIELDS).RetireExtensionField(
        RetireExtensionFieldRequest(id=vat.id, etag=vat.etag)
    )
    assert retired.state == extension_field_pb2.EXTENSION_FIELD_STATE_RETIRED
    again = RetireExtensionFieldRequest(id=vat.id)
    assert isinstance(refusal_of(lambda: admin.call(FIELDS).RetireExtensionField(again)), Refused)

    restored = admin.call(FIELDS).RestoreExtensionField(RestoreExtensionFieldRequest(id=vat.id))

    assert restored.state == extension_field_pb2.EXTENSION_FIELD_STATE_ACTIVE
    assert directory.events()[1:] == ["ExtensionFieldRetired", "ExtensionFieldChanged"]


def test_fields_are_listed(admin: Caller) -> None:
    declare(admin)
    declare_text(admin, "siren", resource="EXTENSION_RESOURCE_PARTNER")
    declare_text(admin, "nickname")

    def listed(**query: Any) -> list[str]:
        request = ListExtensionFieldsRequest(**query)
        page = admin.call(FIELDS).ListExtensionFields(request)
        return [each.name for each in page.extension_fields]

    assert listed() == ["nickname", "vat_regime", "siren"]
    assert listed(filter="resource = ACCOUNT AND type = CHOICE") == ["vat_regime"]
    assert listed(order_by="name desc", page_size=1) == ["vat_regime"]


def test_the_schema_is_public_and_shows_what_is_active(
    directory: RunningService, admin: Caller
) -> None:
    declare(admin)
    gone = declare_text(admin, "siren")
    admin.call(FIELDS).RetireExtensionField(RetireExtensionFieldRequest(id=gone.id))

    nobody = directory.caller("nobody")
    schema = nobody.call(FIELDS).GetExtensionSchema(GetExtensionSchemaRequest())

    assert [each.name for each in schema.extension_fields] == ["vat_regime"]


def test_employees_read_and_only_administrators_declare(
    directory: RunningService, admin: Caller
) -> None:
    vat = declare(admin)
    employee = directory.caller("user_e", "directory.extension_fields.read@region")

    assert employee.call(FIELDS).GetExtensionField(GetExtensionFieldRequest(id=vat.id)) == vat
    assert isinstance(refusal_of(lambda: declare_text(employee, "siren")), Denied)
    missing = GetExtensionFieldRequest(id="extf_na_x")
    assert isinstance(refusal_of(lambda: admin.call(FIELDS).GetExtensionField(missing)), NotFound)


def test_two_that_declare_the_last_field_at_once_do_not_both_succeed(
    directory: RunningService, admin: Caller
) -> None:
    for number in range(MOST_FIELDS - 1):
        declare_text(admin, f"field_{number}")

    def attempt(name: str) -> str:
        try:
            declare_text(admin, name)
        except Refused as refused:
            return refused.reason
        return ""

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(attempt, ["last", "other"]))

    assert outcomes == ["", "EXTENSION_FIELDS_TOO_MANY"]
    assert len(directory.table("extension_fields")) == MOST_FIELDS


def test_what_is_declared_is_said_again_once_a_day(
    directory: RunningService, admin: Caller
) -> None:
    vat = declare(admin)
    restate(directory.app)
    assert directory.events() == ["ExtensionFieldDeclared"]

    directory.app.clock = lambda: utc_now() + RESTATED_AFTER + timedelta(minutes=1)
    restate(directory.app)
    restate(directory.app)

    assert directory.events() == ["ExtensionFieldDeclared", "ExtensionFieldRestated"]
    (row,) = directory.table("extension_fields")
    assert str(row["version"]) == vat.etag
