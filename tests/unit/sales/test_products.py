"""Products: on offer or not, serial numbers only for goods."""

from __future__ import annotations

import pytest

from chassis.errors import Invalid, Refused
from services.sales.products.domain import (
    Product,
    ProductCreated,
    ProductKind,
    ProductReinstated,
    ProductRetired,
    ProductState,
)


def product(**changes: object) -> Product:
    fields = {
        "id": "prod_na_1",
        "sku": "SAN-100",
        "name": "Disk array",
        "product_line": "storage",
        "unit": "piece",
        "kind": ProductKind.GOODS,
    }
    return Product(**(fields | changes))  # type: ignore[arg-type]


def test_is_put_on_offer() -> None:
    offered = product()
    assert offered.offer() == ProductCreated("prod_na_1", "SAN-100", "storage", ProductKind.GOODS)
    assert offered.state is ProductState.ACTIVE


@pytest.mark.parametrize("kind", [ProductKind.SERVICE, ProductKind.SUBSCRIPTION])
def test_only_goods_have_serial_numbers(kind: ProductKind) -> None:
    with pytest.raises(Invalid) as refusal:
        product(kind=kind, serial_tracked=True).offer()
    assert refusal.value.reason == "SERIALS_ONLY_FOR_GOODS"
    assert refusal.value.violations[0].field == "product.serial_tracked"
    with pytest.raises(Invalid):
        product(serial_tracked=True).revise({"kind": kind})


def test_retires_and_comes_back_once_each() -> None:
    item = product()
    assert item.retire() == ProductRetired("prod_na_1")
    with pytest.raises(Refused) as refusal:
        item.retire()
    assert refusal.value.reason == "PRODUCT_RETIRED"
    assert item.reinstate() == ProductReinstated("prod_na_1")
    with pytest.raises(Refused) as refusal:
        item.reinstate()
    assert refusal.value.reason == "PRODUCT_ACTIVE"
