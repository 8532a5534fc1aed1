"""Extension values are kept, indexed and found on every engine (GOV-2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from meridian.directory.events.v1.extension_field_events_pb2 import ExtensionFieldChanged
from meridian.sales.v1.account_service_pb2 import ListAccountsRequest

from chassis.app import App
from chassis.database import Database
from chassis.errors import Invalid
from chassis.extensions import copies, values
from chassis.manifest import Service
from services.sales.accounts import store as accounts
from services.sales.accounts.domain import Account
from services.sales.manifest import SERVICE

MOMENT = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def app(any_database: Callable[[Service], Database]) -> App:
    return App(SERVICE, any_database(SERVICE), clock=lambda: MOMENT)


def declare(app: App, name: str, kind: str, revision: int = 1, **more: Any) -> None:
    """What directory announces of a field of accounts."""
    described = {"resource": "EXTENSION_RESOURCE_ACCOUNT", "type": f"EXTENSION_TYPE_{kind}"}
    event = ExtensionFieldChanged(
        extension_field_id=f"extf_na_{name}",
        declaration=described | {"name": name, "revision": revision} | more,
    )
    with app.transaction() as tx:
        copies.keep(tx, event)
    app.declarations.forget()


def add(app: App, name: str, **extensions: Any) -> Account:
    with app.transaction() as tx:
        account = Account(tx.new_id("account"), name, extensions=extensions)
        account.enter()
        values.enter(tx, accounts.RESOURCE, account)
        accounts.add(tx, account)
    return account


def change(app: App, account: Account, **given: Any) -> Account:
    with app.transaction() as tx:
        found = accounts.get(tx, account.id)
        found.revise(values.merged(tx, accounts.RESOURCE, found, {"extensions": given}))
        accounts.save(tx, found)
    return found


def names(app: App, condition: str) -> list[str]:
    with app.reading() as tx:
        request = ListAccountsRequest(filter=condition, order_by="name")
        return [row.name for row in accounts.LISTING.page(tx, request).rows]


def test_a_declaration_is_kept_and_never_goes_back(app: App) -> None:
    declare(app, "seats", "INTEGER", revision=2, maximum="9")
    declare(app, "seats", "INTEGER", revision=1, maximum="5")
    add(app, "Acme", seats=9)
    declare(app, "seats", "INTEGER", revision=3, retired=True)

    with pytest.raises(Invalid) as refusal:
        add(app, "Globex", seats=1)
    assert [each.reason for each in refusal.value.violations] == ["EXTENSION_RETIRED"]


def test_values_come_back_as_they_were_written(app: App) -> None:
    declare(app, "note", "TEXT")
    declare(app, "rate", "DECIMAL")
    declare(app, "tags", "MULTIPLE_CHOICE", choices=["红", "blue"])
    given = {"note": "华为 \U0001f680", "rate": 0.1, "tags": ["红", "blue"]}

    account = add(app, "Acme", **given)

    with app.reading() as tx:
        assert accounts.get(tx, account.id).extensions == given


def test_text_is_compared_exactly_and_by_its_beginning(app: App) -> None:
    declare(app, "note", "TEXT")
    for name, note in {"A": "alpha", "B": "Alpha", "C": "al_pha%", "D": "长" * 400}.items():
        add(app, name, note=note)
    add(app, "E")

    assert names(app, 'extensions.note = "alpha"') == ["A"]
    assert names(app, 'extensions.note = "al_*"') == ["C"]
    assert names(app, 'extensions.note:"_PHA%"') == ["C"]
    assert names(app, f'extensions.note = "{"长" * 400}"') == ["D"]
    assert names(app, "NOT extensions.note:*") == ["E"]
    assert names(app, 'extensions.note != "alpha" AND name < D') == ["B", "C"]


def test_numbers_and_days_are_compared_as_such(app: App) -> None:
    declare(app, "seats", "INTEGER")
    declare(app, "rate", "DECIMAL")
    declare(app, "since", "DATE")
    add(app, "A", seats=9, rate=0.1, since="2026-02-01")
    add(app, "B", seats=10, rate=123456789.123456, since="2026-10-01")
    add(app, "C", seats=2**53 - 1)

    assert names(app, "extensions.seats > 9") == ["B", "C"]
    assert names(app, f"extensions.seats = {2**53 - 1}") == ["C"]
    assert names(app, "extensions.rate = 0.10 OR extensions.rate = 123456789.123456") == ["A", "B"]
    assert names(app, "extensions.since < 2026-10-01") == ["A"]


def test_a_change_is_found_by_its_new_value_alone(app: App) -> None:
    declare(app, "tags", "MULTIPLE_CHOICE", choices=["red", "blue", "green"])
    account = add(app, "Acme", tags=["red", "blue"])

    change(app, account, tags=["green"])

    found = {tag: names(app, f"extensions.tags:{tag}") for tag in ("red", "blue", "green")}
    assert found == {"red": [], "blue": [], "green": ["Acme"]}


def test_what_another_region_declared_is_carried_and_found_once_it_is_declared_here(
    app: App,
) -> None:
    with app.transaction() as tx:
        account = Account(tx.new_id("account"), "Acme", extensions={"siren": "732829320"})
        values.keep(tx, accounts.RESOURCE, account)
        accounts.add(tx, account)
    declare(app, "seats", "INTEGER")

    assert change(app, account, seats=5).extensions == {"siren": "732829320", "seats": 5}
    with pytest.raises(Invalid):
        change(app, account, siren=None)
    declare(app, "siren", "TEXT")

    assert names(app, "extensions.siren = 732829320") == ["Acme"]
    assert change(app, account, siren=None).extensions == {"seats": 5}


def test_without_declarations_a_new_record_costs_no_statement_and_a_list_none(app: App) -> None:
    add(app, "Acme")
    asked: list[str] = []

    @sa.event.listens_for(app.database.engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    add(app, "Globex")
    names(app, "name = Acme")

    assert [statement for statement in asked if "extension_" in statement] == []
