"""Extension fields of records that nobody types in one by one: files, forms, conversions, parts of cases (GOV-2)."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chassis.app import utc_now
from cli.processes import wait_until
from tests.component.extensions.conftest import PATIENCE, Region

LEADS = "/marketing/v1/leads"


@pytest.fixture
def marketing(make_region: Callable[..., Region]) -> Region:
    return make_region("marketing")


def import_file(region: Region, text: str) -> Any:
    headers = {"Content-Type": "text/csv"}
    return region.client("POST", "/marketing/v1/lead_imports", data=text.encode(), headers=headers)


def test_a_file_fills_extension_fields_and_each_row_is_checked(marketing: Region) -> None:
    marketing.declare("LEAD", "seats", "INTEGER", required=True, maximum="100")
    colours = [{"value": each, "label": {"en": each, "zh": each}} for each in ("red", "blue")]
    marketing.declare("LEAD", "colours", "MULTIPLE_CHOICE", choices=colours)
    text = (
        "company,extensions.seats,extensions.colours\nA,5,red; blue\nB,101,\nC,many,green\nD,,red\n"
    )

    started = import_file(marketing, text).json()
    path = f"/marketing/v1/lead_imports/{started['id']}"
    assert wait_until(lambda: marketing.do("GET", path)["state"].endswith("FINISHED"), PATIENCE)

    found = marketing.do("GET", LEADS, params={"filter": "extensions.colours:blue"})["leads"]
    assert [(each["company"], each["extensions"]) for each in found] == [
        ("A", {"seats": 5, "colours": ["red", "blue"]})
    ]
    errors = csv.DictReader(marketing.client("GET", f"{path}/errors").text.splitlines())
    assert [(row["row"], row["field"], row["reason"]) for row in errors] == [
        ("2", "extensions.seats", "EXTENSION_TOO_GREAT"),
        ("3", "extensions.colours", "EXTENSION_NOT_CHOICES"),
        ("3", "extensions.seats", "EXTENSION_NOT_INTEGER"),
        ("4", "extensions.seats", "EXTENSION_REQUIRED"),
    ]


def test_a_file_with_a_field_that_leads_do_not_have_is_refused(marketing: Region) -> None:
    marketing.declare("LEAD", "seats", "INTEGER")

    refused = import_file(marketing, "company,extensions.chairs\nA,5\n")

    assert (refused.status_code, refused.json()["reason"]) == (400, "IMPORT_EXTENSION_UNKNOWN")
    assert "seats" in refused.json()["detail"]
    assert marketing.services["marketing"].table("lead_imports") == []


def test_a_form_asks_for_the_extension_fields_that_it_shows(marketing: Region) -> None:
    marketing.declare("LEAD", "seats", "INTEGER", required=True)
    marketing.declare("LEAD", "region_code", "TEXT", required=True)
    forms = "/marketing/v1/lead_forms"
    described = {"name": "Web", "fields": ["email", "extensions.seats"]}
    unknown = marketing.refused("POST", forms, described | {"fields": ["extensions.chairs"]})
    assert list(unknown) == ["lead_form.fields"]
    form = marketing.do("POST", forms, described)
    opened = marketing.do("POST", f"{forms}/{form['id']}:open", {})
    later = utc_now() + timedelta(seconds=10)
    marketing.services["marketing"].app.clock = lambda: later

    def submit(lead: dict[str, Any]) -> Any:
        body = {"token": opened["token"], "lead": lead}
        return marketing.client("POST", f"{forms}/{form['id']}:submit", json=body)

    missing = submit({"email": "a@b.example"}).json()
    hidden = {"email": "a@b.example", "extensions": {"seats": 1, "region_code": "x"}}
    not_shown = submit(hidden).json()
    sent = submit({"email": "a@b.example", "extensions": {"seats": 5}})

    assert [each["field"] for each in missing["errors"]] == ["lead.extensions.seats"]
    assert not_shown["errors"][0]["reason"] == "FORM_FIELD_NOT_SHOWN"
    assert sent.status_code == 200
    (lead,) = marketing.do("GET", LEADS, params={"filter": "extensions.seats = 5"})["leads"]
    assert lead["extensions"] == {"seats": 5}


def test_a_conversion_carries_what_is_declared_alike(marketing: Region) -> None:
    for resource, kind in {"LEAD": "INTEGER", "ACCOUNT": "INTEGER", "OPPORTUNITY": "TEXT"}.items():
        marketing.declare(resource, "seats", kind)
    marketing.declare("LEAD", "note", "TEXT")
    marketing.declare("ACCOUNT", "vat", "TEXT", required=True)
    given = {"seats": 5, "note": "by fax"}
    body = {"company": "Acme", "family_name": "Li", "extensions": given}
    lead = marketing.do("POST", LEADS, body)["id"]
    marketing.do("POST", f"{LEADS}/{lead}:qualify", {})

    plan = {"plan": {"opportunity": {"name": "Servers"}}}
    conversion = marketing.do("POST", f"{LEADS}/{lead}:convert", plan)

    account = marketing.do("GET", f"/sales/v1/accounts/{conversion['account_id']}")
    opportunity = marketing.do("GET", f"/sales/v1/opportunities/{conversion['opportunity_id']}")
    assert (account["extensions"], opportunity["extensions"]) == ({"seats": 5}, {})
    found = marketing.do("GET", "/sales/v1/accounts", params={"filter": "extensions.seats = 5"})
    assert len(found["accounts"]) == 1


def test_a_part_of_a_case_has_what_the_case_has(make_region: Callable[..., Region]) -> None:
    region = make_region("service")
    region.declare("CASE", "site", "TEXT")
    account = region.do("POST", "/sales/v1/accounts", {"name": "Acme"})["id"]
    body = {"subject": "Two things", "account_id": account, "extensions": {"site": "Oslo"}}
    case = region.do("POST", "/service/v1/cases", body)["id"]
    messages = f"/service/v1/cases/{case}/messages"
    message = region.do(
        "POST", messages, {"body": "And the fan", "kind": "MESSAGE_KIND_INTERNAL_NOTE"}
    )["id"]

    split = {"subject": "The fan", "message_ids": [message]}
    part = region.do("POST", f"/service/v1/cases/{case}:split", split)

    assert part["extensions"] == {"site": "Oslo"}
    found = region.do("GET", "/service/v1/cases", params={"filter": "extensions.site = Oslo"})
    assert len(found["cases"]) == 2
