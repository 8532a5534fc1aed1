"""The stores of accounts, contacts and handovers keep their promises on every engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.app import App
from chassis.database import Database
from chassis.errors import AlreadyExists
from chassis.manifest import Service
from chassis.migrate import differences
from services.sales import uses
from services.sales.accounts import store as accounts
from services.sales.accounts.domain import Account, Address, AddressPurpose
from services.sales.contacts import store as contacts
from services.sales.contacts.domain import Contact, ContactRole
from services.sales.handovers import store as handovers
from services.sales.handovers.domain import Handover
from services.sales.identifiers.domain import Identifier, IdentifierType
from services.sales.manifest import SERVICE

MOMENT = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
TAX_ID = Identifier(IdentifierType.TAX_ID, "DE 1", issuer="DE")
EMAIL = Identifier(IdentifierType.EMAIL, "Info@Acme.example")


@pytest.fixture
def app(any_database: Callable[[Service], Database]) -> App:
    return App(SERVICE, any_database(SERVICE), clock=lambda: MOMENT)


def add_account(app: App, **fields: Any) -> Account:
    with app.transaction() as tx:
        account = Account(id=tx.new_id("account"), **{"name": "Acme"} | fields)
        account.enter()
        accounts.add(tx, account)
    return account


def test_the_migrated_database_is_the_one_the_code_means(app: App) -> None:
    assert differences(SERVICE, app.database) == []


def test_an_account_comes_back_as_it_was_written(app: App) -> None:
    address = Address(AddressPurpose.BILLING, street="南京路 1 \U0001f680", country="CN")
    account = add_account(app, name="华为技术有限公司", identifiers=(EMAIL,), addresses=(address,))

    with app.reading() as tx:
        assert accounts.get(tx, account.id) == account


def test_a_unique_identifier_is_kept_once_and_a_shared_one_twice(app: App) -> None:
    first = add_account(app, identifiers=(TAX_ID, EMAIL))

    with pytest.raises(AlreadyExists) as refusal:
        add_account(app, name="Other", identifiers=(replace(TAX_ID, value="de-1"),))
    second = add_account(app, name="Third", identifiers=(EMAIL,))

    assert refusal.value.params["holder_id"] == first.id
    with app.reading() as tx:
        assert accounts.duplicates(tx, second) == {first.id: ["email"]}
        assert sorted(accounts.holders(tx, first.identifiers[1])) == sorted([first.id, second.id])


def test_a_removed_account_gives_its_identifiers_free(app: App) -> None:
    first = add_account(app, identifiers=(TAX_ID,))
    with app.transaction() as tx:
        accounts.hold(tx, [first.id])
        accounts.remove(tx, first)

    second = add_account(app, identifiers=(TAX_ID,))

    with app.reading() as tx:
        assert accounts.holders(tx, second.identifiers[0]) == [second.id]


def test_a_contact_is_found_at_its_accounts(app: App) -> None:
    acme, globex = add_account(app), add_account(app, name="Globex")
    with app.transaction() as tx:
        contact = Contact(tx.new_id("contact"), family_name="李")
        contact.roles = (ContactRole(acme.id), ContactRole(globex.id))
        contacts.add(tx, contact)
    with app.transaction() as tx:
        contact.leave(globex.id)
        contacts.save(tx, contact)

    with app.reading() as tx:
        assert contacts.get(tx, contact.id) == contact
        assert uses.of_account(tx, acme.id) == {"contacts": 1}
        assert uses.of_account(tx, globex.id) == {}


def test_a_source_is_taken_over_once(app: App) -> None:
    def take_over() -> Handover:
        with app.transaction() as tx:
            handover = Handover(tx.new_id("handover"), source_id="lead_na_1")
            handovers.claim(tx, handover)
            handover.account_id = "account_na_1"
            handovers.complete(tx, handover)
        return handover

    first = take_over()
    with pytest.raises(handovers.SourceTakenOver):
        take_over()

    with app.reading() as tx:
        assert handovers.of_source(tx, "lead_na_1") == first
