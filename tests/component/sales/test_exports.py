"""Lists as CSV files, as a client of the API downloads them."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest

from chassis import tables
from chassis.tokens import Identity
from services.sales.accounts.domain import Account
from services.sales.accounts.store import accounts
from tests.component.gateway.conftest import Client
from tests.component.gateway.served import gateway
from tests.running import RunningService, token

PATH = "/sales/v1/accounts:export"


@pytest.fixture
def client(sales: RunningService) -> Iterator[Client]:
    """A sales manager."""
    manager = Identity("user_anna", "session_anna", grants=("sales.*@own",))
    with gateway({"sales": sales.address}, f"Bearer {token(manager)}") as client:
        yield client


def rows(client: Client, **query: str) -> list[dict[str, str]]:
    answer = client("GET", PATH, params=query)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(answer.content.decode().splitlines()))


def test_every_field_has_a_column(client: Client) -> None:
    address = {"purpose": "ADDRESS_PURPOSE_OFFICE", "city": "上海", "country": "CN"}
    body = {"name": "翠河, 贸易", "addresses": [address]}
    account = client("POST", "/sales/v1/accounts", json=body).json()

    (row,) = rows(client)

    assert (row["id"], row["name"], row["kind"]) == (
        account["id"],
        "翠河, 贸易",
        "ACCOUNT_KIND_COMPANY",
    )
    assert (row["possible_duplicate"], row["create_time"]) == ("false", account["create_time"])
    assert row["addresses"] == (
        '[{"purpose":"ADDRESS_PURPOSE_OFFICE","city":"上海","country":"CN"}]'
    )
    assert "extensions" not in row


def test_money_has_two_columns(client: Client) -> None:
    account = client("POST", "/sales/v1/accounts", json={"name": "Acme"}).json()["id"]
    body = {"name": "Storage", "account_id": account}
    amount = {"amount_minor": "4500", "currency": "EUR"}
    for priced in ({"amount": amount}, {}):
        made = client("POST", "/sales/v1/opportunities", json=body | priced)
        assert made.status_code == 200, made.text

    query = {"order_by": "create_time"}
    text = client("GET", "/sales/v1/opportunities:export", params=query).text

    found = csv.DictReader(text.splitlines())
    assert [(row["amount_minor"], row["amount_currency"]) for row in found] == [
        ("4500", "EUR"),
        ("", ""),
    ]


def test_every_page_of_the_filter_and_only_what_the_caller_may_see(
    sales: RunningService, client: Client
) -> None:
    with sales.app.transaction() as tx:
        for number in range(205):
            account = Account(tx.new_id("account"), f"n{number:03}")
            account.owner_id = "user_other" if number == 7 else "user_anna"
            tables.insert(tx, accounts, account)

    found = rows(client, filter='name != "n009"', order_by="name")

    expected = [f"n{number:03}" for number in range(205) if number not in (7, 9)]
    assert [row["name"] for row in found] == expected


def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(client: Client) -> None:
    client("POST", "/sales/v1/accounts", json={"name": '=HYPERLINK("http://evil.example")'})
    assert rows(client)[0]["name"] == '\'=HYPERLINK("http://evil.example")'


def test_a_wrong_filter_is_refused_as_in_the_list(client: Client) -> None:
    answer = client("GET", PATH, params={"filter": "colour = red"})
    assert (answer.status_code, answer.json()["reason"]) == (400, "FILTER_FIELD_UNKNOWN")


def test_reading_is_not_enough(sales: RunningService) -> None:
    reader = Identity("user_r", "session_r", grants=("sales.accounts.read@region",))
    with gateway({"sales": sales.address}, f"Bearer {token(reader)}") as client:
        answer = client("GET", PATH)
    assert (answer.status_code, answer.json()["reason"]) == (403, "PERMISSION_MISSING")
