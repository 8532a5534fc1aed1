"""The catalogue is written in the hub through whichever gateway, and read at each with its age (PLT-4)."""

from __future__ import annotations

from typing import Any

from tests.component.gateway.conftest import Client
from tests.component.regions.region import RunningRegion

PRODUCTS = "/sales/v1/products"


def enter(client: Client, **fields: Any) -> Any:
    product = {"sku": "SAN-1", "name": "Array", "product_line": "storage", "unit": "piece"}
    return client("POST", PRODUCTS, json=product | {"kind": "PRODUCT_KIND_GOODS"} | fields)


def test_a_product_entered_elsewhere_is_entered_in_the_hub(
    na: RunningRegion, emea: RunningRegion
) -> None:
    made = enter(emea.person("sales.products.*@all"))

    assert (made.status_code, made.headers["Meridian-Region"]) == (200, "na"), made.text
    assert made.json()["id"].startswith("prod_na_")
    assert [row["id"] for row in na.sales.table("products")] == [made.json()["id"]]
    assert emea.sales.table("products") == []


def test_who_may_write_in_one_region_only_writes_no_reference_data(
    na: RunningRegion, emea: RunningRegion
) -> None:
    answer = enter(emea.person("sales.products.*@region"))

    assert (answer.status_code, answer.json()["reason"]) == (403, "GRANT_ENDS_AT_BORDER")
    assert na.sales.table("products") == emea.sales.table("products") == []


def test_answers_tell_how_old_the_replica_is(na: RunningRegion, emea: RunningRegion) -> None:
    in_hub = na.person("sales.products.*@all")("GET", PRODUCTS)
    elsewhere = emea.person("sales.products.*@all")("GET", PRODUCTS)

    assert (in_hub.status_code, elsewhere.status_code) == (200, 200)
    assert "Meridian-Replica-Age" not in in_hub.headers
    assert elsewhere.headers["Meridian-Replica-Age"] == "unknown"
