"""From the catalogue to a closed order, as a client of the public API does it (SAL-4, SAL-5, SAL-6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chassis.tokens import Identity
from tests.component.gateway.conftest import Client
from tests.component.gateway.served import gateway
from tests.component.sales.catalogue import NEXT_MONTH
from tests.running import RunningService, token

REP = Identity(
    "user_rep", "session_rep", grants=("sales.*@region",), roles=("sales_representative",)
)


class Shop:
    """A representative at work; answers are JSON, and anything but 200 fails the test."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def do(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = self.client(method, f"/sales/v1{path}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        answer = self.client(method, f"/sales/v1{path}", json=body, headers=headers)
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        return answer.status_code, answer.json()["reason"]


@pytest.fixture
def shop(sales: RunningService) -> Iterator[Shop]:
    with gateway({"sales": sales.address}, f"Bearer {token(REP)}") as client:
        yield Shop(client)


@pytest.fixture
def goods(shop: Shop) -> dict[str, str]:
    """Ids of a customer, a book in euros, and an array that it lists at 1000.00."""
    array = shop.do(
        "POST",
        "/products",
        {
            "sku": "ARRAY",
            "name": "Disk array",
            "name_zh": "磁盘阵列",
            "product_line": "storage",
            "unit": "piece",
            "kind": "PRODUCT_KIND_GOODS",
            "serial_tracked": True,
            "warranty_months": 24,
        },
    )
    book = shop.do("POST", "/price_books", {"name": "List", "currency": "EUR"})
    price = {"amount_minor": "100000", "currency": "EUR"}
    shop.do(
        "POST",
        f"/price_books/{book['id']}/entries:upsert",
        {"entries": [{"product_id": array["id"], "list_price": price}]},
    )
    account = shop.do("POST", "/accounts", {"name": "Acme"})
    return {"array": array["id"], "book": book["id"], "account": account["id"]}


def test_a_sale_from_price_to_close(shop: Shop, goods: dict[str, str]) -> None:
    shop.do(
        "POST",
        "/price_rules",
        {
            "name": "Storage week",
            "product_line": "storage",
            "kind": "PRICE_RULE_KIND_FORMULA",
            "formula": "list_price * 0.9 - 0.01",
            "stacking": "STACKING_POLICY_STACKABLE",
        },
    )
    question = {"product_id": goods["array"], "quantity": "2", "price_book_id": goods["book"]}
    explained = shop.do("POST", "/prices:explain", question)
    assert int(explained["amount"]["amount_minor"]) == 179_998
    assert [step["outcome"] for step in explained["steps"]] == [
        "PRICE_STEP_OUTCOME_LIST_PRICE",
        "PRICE_STEP_OUTCOME_APPLIED",
    ]

    quote = shop.do(
        "POST",
        "/quotes",
        {
            "account_id": goods["account"],
            "price_book_id": goods["book"],
            "valid_until_date": NEXT_MONTH,
            "lines": [{"product_id": goods["array"], "quantity": "2"}],
        },
    )
    path = f"/quotes/{quote['id']}"
    changed = shop.do("PATCH", path, {"discount_basis_points": 500}, **{"If-Match": '"1"'})
    assert int(changed["total"]["amount_minor"]) == 170_998
    assert shop.do("POST", f"{path}:submit")["state"] == "QUOTE_STATE_APPROVED"
    shop.do("POST", f"{path}:send")
    shop.do("POST", f"{path}:accept", {"acceptance_reference": "PO 4711"})

    order = shop.do("POST", "/orders", {"quote_id": quote["id"]})
    path = f"/orders/{order['id']}"
    shop.do("POST", f"{path}:place")
    shop.do("POST", f"{path}:confirm")
    delivery = {"line_id": order["lines"][0]["id"], "quantity": "2", "serials": ["S1", "S2"]}
    assert shop.do("POST", f"{path}:fulfil", delivery)["fulfilment_state"] == (
        "FULFILMENT_STATE_FULFILLED"
    )
    for verb, kind, reference in [
        ("recordInvoice", "LEDGER_KIND_INVOICE", "INV 1"),
        ("recordPayment", "LEDGER_KIND_PAYMENT", "PAY 1"),
    ]:
        entry = {"kind": kind, "reference": reference, "amount": changed["total"]}
        shop.do("POST", f"{path}:{verb}", entry)
    assert shop.do("POST", f"{path}:close")["commercial_state"] == "ORDER_STATE_CLOSED"
    ledger = shop.do("GET", f"{path}/ledger_entries?order_by=reference")
    assert [each["reference"] for each in ledger["ledger_entries"]] == ["INV 1", "PAY 1"]
    assert len(shop.do("GET", f"{path}/fulfilments")["fulfilments"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/products", {"sku": "X", "colour": "red"}, 400),
        ("POST", "/prices:explain", {"product_id": "p", "quantity": "many"}, 400),
        ("POST", "/prices:explain", {"product_id": "p", "quantity": "1"}, 400),
        ("GET", "/quotes/quote_na_none", None, 404),
        ("GET", "/orders?filter=lines%20%3D%201", None, 400),
        ("GET", "/orders/order_na_none/ledger_entries", None, 404),
        ("POST", "/orders", {"quote_id": "quote_na_none"}, 400),
        ("PUT", "/orders", {}, 405),
    ],
)
def test_bad_input_has_the_right_status(
    shop: Shop, sales: RunningService, method: str, path: str, body: Any, status: int
) -> None:
    assert shop.refused(method, path, body)[0] == status
    for table in ("products", "quotes", "orders"):
        assert sales.table(table) == []


def test_stale_and_illegal_changes_are_refused(
    shop: Shop, sales: RunningService, goods: dict[str, str]
) -> None:
    path = f"/products/{goods['array']}"
    stale = {"If-Match": '"7"'}
    assert shop.refused("PATCH", path, {"name": "x"}, **stale) == (412, "STALE_ETAG")
    assert shop.refused("POST", f"{path}:reinstate") == (409, "PRODUCT_ACTIVE")
    taken = {"sku": "ARRAY", "name": "x", "product_line": "l", "unit": "u", "kind": 1}
    assert shop.refused("POST", "/products", taken) == (409, "SKU_TAKEN")
    assert [row["version"] for row in sales.table("products")] == [1]


def test_reasons_are_told_in_chinese(shop: Shop, goods: dict[str, str]) -> None:
    answer = shop.client(
        "POST",
        f"/sales/v1/products/{goods['array']}:reinstate",
        headers={"Accept-Language": "zh-CN,zh;q=0.9"},
    )
    assert answer.json()["detail"] == "产品 ARRAY 已处于在售状态。"
