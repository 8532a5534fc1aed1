"""The catalogue through real gRPC (SAL-4)."""

from __future__ import annotations

import pytest
from meridian.sales.v1 import product_pb2, product_service_pb2

from chassis.errors import AlreadyExists, Denied, Invalid, Refused
from tests.component.sales.catalogue import PRODUCTS, product
from tests.component.sales.people import every, refusal_of
from tests.running import Caller, RunningService


def test_a_product_is_put_on_offer_and_announced(sales: RunningService, anna: Caller) -> None:
    made = product(anna, "SAN-100", name_zh="磁盘阵列", serial_tracked=True, warranty_months=24)

    assert made.id.startswith("prod_na_")
    assert (made.state, made.etag) == (product_pb2.PRODUCT_STATE_ACTIVE, "1")
    get = product_service_pb2.GetProductRequest(id=made.id)
    assert anna.call(PRODUCTS).GetProduct(get) == made
    assert sales.events() == ["ProductCreated"]


def test_a_sku_is_taken_once(sales: RunningService, anna: Caller) -> None:
    product(anna, "SAN-100")
    other = product(anna, "SAN-200")

    again = refusal_of(lambda: product(anna, "SAN-100"))
    rename = product_service_pb2.UpdateProductRequest(
        product={"id": other.id, "sku": "SAN-100"}, update_mask={"paths": ["sku"]}
    )
    renamed = refusal_of(lambda: anna.call(PRODUCTS).UpdateProduct(rename))

    for refusal in (again, renamed):
        assert isinstance(refusal, AlreadyExists)
        assert (refusal.reason, refusal.params) == ("SKU_TAKEN", {"sku": "SAN-100"})
    assert [row["sku"] for row in sales.table("products")] == ["SAN-100", "SAN-200"]


def test_wrong_fields_are_named(sales: RunningService, anna: Caller) -> None:
    refusal = refusal_of(lambda: product(anna, "has space", warranty_months=-1, unit=""))
    assert isinstance(refusal, Invalid)
    assert [v.field for v in refusal.violations] == [
        "product.sku",
        "product.unit",
        "product.warranty_months",
    ]
    service = product_pb2.PRODUCT_KIND_SERVICE
    refusal = refusal_of(lambda: product(anna, "S", kind=service, serial_tracked=True))
    assert refusal.reason == "SERIALS_ONLY_FOR_GOODS"
    assert sales.table("products") == []


def test_only_the_fields_of_the_mask_change(anna: Caller) -> None:
    made = product(anna, "SAN-100")
    request = product_service_pb2.UpdateProductRequest(
        product={"id": made.id, "etag": "1", "name": "Array"}, update_mask={"paths": ["name"]}
    )
    updated = anna.call(PRODUCTS).UpdateProduct(request)
    assert (updated.name, updated.sku, updated.etag) == ("Array", "SAN-100", "2")
    assert refusal_of(lambda: anna.call(PRODUCTS).UpdateProduct(request)).reason == "STALE_ETAG"


def test_is_retired_and_reinstated(sales: RunningService, anna: Caller) -> None:
    made = product(anna, "SAN-100")
    products = anna.call(PRODUCTS)
    retire = product_service_pb2.RetireProductRequest(id=made.id)

    assert products.RetireProduct(retire).state == product_pb2.PRODUCT_STATE_RETIRED
    refusal = refusal_of(lambda: products.RetireProduct(retire))
    assert isinstance(refusal, Refused)
    assert refusal.reason == "PRODUCT_RETIRED"
    reinstated = products.ReinstateProduct(
        product_service_pb2.ReinstateProductRequest(id=made.id, etag="2")
    )
    assert reinstated.state == product_pb2.PRODUCT_STATE_ACTIVE
    assert sales.events() == ["ProductCreated", "ProductRetired", "ProductReinstated"]


def test_lists_filter_order_and_page(anna: Caller) -> None:
    for sku, line in [("C", "storage"), ("A", "storage"), ("B", "network"), ("D", "storage")]:
        product(anna, sku, product_line=line)

    def skus(**query: object) -> list[str]:
        ask = anna.call(PRODUCTS).ListProducts
        return [p.sku for p in every(ask, product_service_pb2.ListProductsRequest, **query)]

    assert skus(page_size=3) == ["A", "B", "C", "D"]
    storage = 'product_line = "storage" AND state = ACTIVE AND kind = GOODS'
    assert skus(filter=storage, order_by="sku desc", page_size=1) == ["D", "C", "A"]
    refusal = refusal_of(lambda: skus(filter="description = x"))
    assert refusal.reason == "FILTER_FIELD_UNKNOWN"


@pytest.mark.parametrize("grant", ["sales.products.read@all", "sales.quotes.*@all"])
def test_without_the_permission_nothing_is_offered(sales: RunningService, grant: str) -> None:
    refusal = refusal_of(lambda: product(sales.caller("user_rita", grant), "SAN-100"))
    assert isinstance(refusal, Denied)
    assert sales.table("products") == []
