"""Reference data is read in the own region and written in the hub, whichever gateway is asked."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.component.gateway.conftest import Client
from tests.component.regions.region import RunningRegion

PRODUCTS = "/sales/v1/products"
SERVER = {
    "sku": "S-1",
    "name": "Server",
    "kind": "PRODUCT_KIND_GOODS",
    "unit": "piece",
    "product_line": "it",
}


@pytest.fixture
def product(na: RunningRegion, emea: RunningRegion) -> dict[str, Any]:
    """A product of the hub, and its copy in emea."""
    keeper = na.person("sales.products.*@region")
    answer = keeper("POST", PRODUCTS, json=SERVER)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    table = na.sales.app.service.metadata.tables["products"]
    row = next(row for row in na.sales.table("products") if row["id"] == made["id"])
    with emea.sales.app.transaction() as tx:
        tx.execute(sa.insert(table), row)
    return made


@pytest.fixture
def keeper(emea: RunningRegion) -> Client:
    """Somebody of emea who keeps the catalogue of all regions."""
    return emea.person("sales.products.*@all")


def test_a_copy_is_read_here_though_the_hub_is_away(
    keeper: Client, na: RunningRegion, product: dict[str, Any]
) -> None:
    na.stop_gateway()

    answer = keeper("GET", f"{PRODUCTS}/{product['id']}")

    assert (answer.status_code, answer.headers["Meridian-Region"]) == (200, "emea")


def test_a_change_is_made_in_the_hub(keeper: Client, product: dict[str, Any]) -> None:
    answer = keeper(
        "PATCH",
        f"{PRODUCTS}/{product['id']}",
        json={"name": "Big server"},
        headers={"If-Match": f'"{product["etag"]}"'},
    )

    assert (answer.status_code, answer.headers["Meridian-Region"]) == (200, "na")
    assert answer.json()["name"] == "Big server"


def test_a_change_waits_for_the_hub(
    keeper: Client, na: RunningRegion, product: dict[str, Any]
) -> None:
    na.stop_gateway()

    answer = keeper("PATCH", f"{PRODUCTS}/{product['id']}", json={"name": "Big server"})

    assert (answer.status_code, answer.json()["reason"]) == (503, "HUB_UNREACHABLE")
    assert answer.json()["params"] == {"region": "na"}


def test_a_list_across_regions_shows_what_is_copied_once(
    keeper: Client, product: dict[str, Any]
) -> None:
    page = keeper("GET", PRODUCTS, params={"regions": "all"}).json()

    assert [each["id"] for each in page["products"]] == [product["id"]]
