"""Every extensible resource takes, checks, shows, finds and describes what a region adds to it (GOV-2)."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

import pytest

from tests.component.extensions.conftest import Region

#: Resource → where it is, and what it needs beside its extension fields.
RESOURCES: dict[str, tuple[str, dict[str, Any]]] = {
    "contact": ("/sales/v1/contacts", {"family_name": "Lee"}),
    "opportunity": ("/sales/v1/opportunities", {"name": "Storage"}),
    "lead": ("/marketing/v1/leads", {"company": "Acme"}),
    "case": ("/service/v1/cases", {"subject": "It hums"}),
    "partner": (
        "/partners/v1/partners",
        {
            "name": "Resell",
            "legal_name": "Resell GmbH",
            "registration_number": "HRB 1",
            "country": "DE",
            "contacts": [{"name": "Kim"}],
        },
    ),
}


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_resource_has_the_fields_of_its_region(
    make_region: Callable[..., Region], resource: str
) -> None:
    path, needed = RESOURCES[resource]
    region = make_region(path.split("/")[1])
    if resource in ("opportunity", "case"):
        account = region.do("POST", "/sales/v1/accounts", {"name": "Acme"})
        needed = needed | {"account_id": account["id"]}
    label = {"en": "Seats sold", "zh": "席位数"}
    region.declare(resource.upper(), "seats", "INTEGER", required=True, minimum="1", label=label)

    assert region.refused("POST", path, needed, "zh") == {
        f"{resource}.extensions.seats": "扩展字段 seats 必须填写。"
    }
    wrong = region.refused("POST", path, needed | {"extensions": {"seats": 0}})
    assert wrong == {f"{resource}.extensions.seats": "seats must be 1 or more."}
    made = region.do("POST", path, needed | {"extensions": {"seats": 5}})
    region.do("POST", path, needed | {"extensions": {"seats": 50}})
    changed = region.do("PATCH", f"{path}/{made['id']}", {"extensions": {"seats": 6}})

    assert (made["extensions"], changed["extensions"]) == ({"seats": 5}, {"seats": 6})
    found = region.do("GET", path, params={"filter": "extensions.seats < 10"})
    assert [each["id"] for each in next(iter(found.values()))] == [made["id"]]
    file = region.client("GET", f"{path}:export", params={"order_by": "create_time"})
    rows = list(csv.DictReader(file.text.splitlines()))
    assert [(row["id"] == made["id"], row["extensions.seats"]) for row in rows] == [
        (True, "6"),
        (False, "50"),
    ]
    headers = {"Accept-Language": "zh"}
    schemas = region.do("GET", "/openapi.json", headers=headers)["components"]["schemas"]
    shown = schemas[f"{resource.title()}ExtensionsInput"]["properties"]["seats"]
    assert (shown["title"], shown["minimum"]) == ("席位数", 1)
