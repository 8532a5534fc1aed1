"""A field that a region adds to accounts, from its declaration to a filtered list, as clients meet it (GOV-2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.component.extensions.conftest import Region

ACCOUNTS = "/sales/v1/accounts"
CHOICES = [
    {"value": "standard", "label": {"en": "Standard", "zh": "标准"}},
    {"value": "reverse", "label": {"en": "Reverse charge", "zh": "反向征税"}},
]


@pytest.fixture
def vat(region: Region) -> dict[str, Any]:
    """A choice that every new account needs."""
    label = {"en": "VAT regime", "zh": "增值税制度"}
    return region.declare(
        "ACCOUNT", "vat_regime", "CHOICE", required=True, choices=CHOICES, label=label
    )


def names(region: Region, condition: str) -> list[str]:
    """The accounts that a filter finds."""
    query = {"filter": condition, "order_by": "name"}
    return [each["name"] for each in region.do("GET", ACCOUNTS, params=query)["accounts"]]


def test_values_are_given_shown_changed_and_removed(region: Region, vat: dict[str, Any]) -> None:
    region.declare("ACCOUNT", "seats", "INTEGER", minimum="1")
    given = {"vat_regime": "reverse", "seats": 5}
    acme = region.do("POST", ACCOUNTS, {"name": "Acme", "extensions": given})
    assert acme["extensions"] == given
    path = f"{ACCOUNTS}/{acme['id']}"

    changed = region.do("PATCH", path, {"extensions": {"seats": 7}})
    assert changed["extensions"] == {"vat_regime": "reverse", "seats": 7}
    renamed = region.do("PATCH", path, {"name": "Acme AG"})
    assert renamed["extensions"] == {"vat_regime": "reverse", "seats": 7}
    region.do("PATCH", path, {"extensions": {"seats": None}})

    assert region.do("GET", path)["extensions"] == {"vat_regime": "reverse"}
    assert region.do("GET", ACCOUNTS)["accounts"][0]["extensions"] == {"vat_regime": "reverse"}


def test_what_is_wrong_is_said_field_by_field_in_both_languages(
    region: Region, vat: dict[str, Any]
) -> None:
    body = {"name": "Acme", "extensions": {"vat_regime": "export", "colour": "red"}}
    assert region.refused("POST", ACCOUNTS, body) == {
        "account.extensions.vat_regime": "vat_regime must be one of: standard, reverse.",
        "account.extensions.colour": (
            "This region declares no extension field colour here. Declared are: vat_regime."
        ),
    }
    assert region.refused("POST", ACCOUNTS, {"name": "Acme"}, "zh") == {
        "account.extensions.vat_regime": "扩展字段 vat_regime 必须填写。"
    }
    malformed = {"name": "Acme", "extensions": ["vat_regime"]}
    assert list(region.refused("POST", ACCOUNTS, malformed)) == ["account.extensions"]
    assert region.services["sales"].table("accounts") == []
    assert region.services["sales"].table("extension_values") == []


def test_accounts_are_found_by_their_values(region: Region, vat: dict[str, Any]) -> None:
    region.declare("ACCOUNT", "seats", "INTEGER")
    region.declare("ACCOUNT", "rate", "DECIMAL")
    region.declare("ACCOUNT", "since", "DATE")
    region.declare("ACCOUNT", "listed", "BOOLEAN")
    region.declare("ACCOUNT", "nickname", "TEXT")
    region.declare("ACCOUNT", "tags", "MULTIPLE_CHOICE", choices=CHOICES)
    values = {"seats": 5, "rate": 0.5, "since": "2020-02-01", "listed": True}
    more = {"nickname": "Big A", "tags": ["standard", "reverse"], "vat_regime": "reverse"}
    region.do("POST", ACCOUNTS, {"name": "A", "extensions": values | more})
    less = {"seats": 50, "vat_regime": "standard", "nickname": "beta"}
    region.do("POST", ACCOUNTS, {"name": "B", "extensions": less})

    for condition, found in {
        'extensions.vat_regime = "reverse"': ["A"],
        "extensions.vat_regime != reverse": ["B"],
        "extensions.seats >= 50 OR extensions.seats < 1": ["B"],
        "extensions.seats != 5": ["B"],
        "extensions.rate = 0.50": ["A"],
        "extensions.since > 2020-01-31": ["A"],
        "extensions.listed = true": ["A"],
        "NOT extensions.listed:*": ["B"],
        'extensions.nickname = "Big*"': ["A"],
        "extensions.nickname:ET": ["B"],
        "extensions.tags:reverse AND name = A": ["A"],
        "extensions.tags != reverse": [],
        "extensions.nickname:*": ["A", "B"],
    }.items():
        assert names(region, condition) == found, condition


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("extensions.colour = red", "extensions.vat_regime"),
        ("colour = red", "extensions.vat_regime"),
        ("extensions.vat_regime = export", "standard, reverse"),
        ("extensions.vat_regime > reverse", "=, !=, :"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_with_what_can(
    region: Region, vat: dict[str, Any], condition: str, told: str
) -> None:
    answer = region.client("GET", ACCOUNTS, params={"filter": condition})
    assert answer.status_code == 400
    assert told in answer.json()["detail"]


def test_the_description_shows_the_fields_in_the_clients_language(
    region: Region, vat: dict[str, Any]
) -> None:
    document = region.do("GET", "/openapi.json", headers={"Accept-Language": "zh"})
    schemas = document["components"]["schemas"]

    reference = schemas["AccountInput"]["properties"]["extensions"]["$ref"]
    shown = schemas[reference.rpartition("/")[2]]["properties"]["vat_regime"]

    assert reference.endswith("/AccountExtensionsInput")
    assert (shown["title"], shown["enum"]) == ("增值税制度", ["standard", "reverse", None])
    assert shown["x-labels"]["reverse"] == {"en": "Reverse charge", "zh": "反向征税"}
    assert shown["x-required"]
    english = region.do("GET", "/openapi.json")["components"]["schemas"]
    assert english["AccountExtensions"]["properties"]["vat_regime"]["title"] == "VAT regime"


def test_a_retired_field_keeps_its_values_and_takes_no_more(
    region: Region, vat: dict[str, Any]
) -> None:
    acme = region.do("POST", ACCOUNTS, {"name": "A", "extensions": {"vat_regime": "reverse"}})
    retire = f"/directory/v1/extension_fields/{vat['id']}:retire"
    region.wait_until_known(region.do("POST", retire, {}))

    region.do("POST", ACCOUNTS, {"name": "B"})
    path = f"{ACCOUNTS}/{acme['id']}"
    region.do("PATCH", path, {"name": "A2", "extensions": acme["extensions"]})
    refused = region.refused("PATCH", path, {"extensions": {"vat_regime": "standard"}})

    assert list(refused) == ["account.extensions.vat_regime"]
    assert names(region, "extensions.vat_regime = reverse") == ["A2"]
    region.do("PATCH", path, {"extensions": {"vat_regime": None}})
    assert names(region, "extensions.vat_regime:*") == []


def test_a_deleted_account_leaves_nothing_in_the_index(region: Region, vat: dict[str, Any]) -> None:
    acme = region.do("POST", ACCOUNTS, {"name": "A", "extensions": {"vat_regime": "reverse"}})
    assert len(region.services["sales"].table("extension_values")) == 1

    assert region.client("DELETE", f"{ACCOUNTS}/{acme['id']}").status_code == 204

    assert region.services["sales"].table("extension_values") == []
