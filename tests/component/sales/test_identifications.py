"""Other regions hear by what a customer is recognised, in keyed hashes alone (PLT-4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from meridian.sales.events.v1.customer_events_pb2 import CustomerIdentified
from meridian.sales.v1.account_service_pb2 import DeleteAccountRequest, UpdateAccountRequest
from meridian.sales.v1.contact_service_pb2 import DeleteContactRequest

from chassis import match_keys
from services.sales.identifiers import rotation
from services.sales.manifest import SERVICE
from tests.component.sales.people import ACCOUNTS, CONTACTS, account, contact
from tests.match_keys import settings_of
from tests.running import Caller, RunningService

EMAIL = {"type": "IDENTIFIER_TYPE_EMAIL", "value": "Info@Acme.example"}
PHONE = {"type": "IDENTIFIER_TYPE_PHONE", "value": "+49 40 123456"}
LOCAL_PHONE = {"type": "IDENTIFIER_TYPE_PHONE", "value": "040 123456"}
TAX_ID = {"type": "IDENTIFIER_TYPE_TAX_ID", "issuer": "DE", "value": "DE 811 907 980"}
DOMAIN = {"type": "IDENTIFIER_TYPE_DOMAIN", "value": "acme.example"}


@pytest.fixture
def sales(run_service: Callable[..., RunningService], tmp_path: Path) -> RunningService:
    return run_service(SERVICE, settings=settings_of(tmp_path, "k1"))


@pytest.fixture
def anna(sales: RunningService) -> Caller:
    return sales.caller("user_anna", "sales.*@region")


def heard(sales: RunningService) -> list[CustomerIdentified]:
    rows = sorted(sales.table("outbox"), key=lambda row: row["position"])
    return [
        CustomerIdentified.FromString(row["payload"])
        for row in rows
        if row["headers"]["ce-type"].endswith(".CustomerIdentified")
    ]


def expected(sales: RunningService, kind: str, value: str) -> list[tuple[str, str, str]]:
    keys = match_keys.read(sales.app.settings.regions.match_keys_file)
    return [(each.kind, each.key_id, each.hash) for each in keys.hashes(kind, value)]


def told(event: CustomerIdentified) -> list[tuple[str, str, str]]:
    return [(each.kind, each.key_id, each.hash) for each in event.hashes]


def set_identifiers(anna: Caller, account_id: str, *identifiers: dict[str, str]) -> None:
    request = UpdateAccountRequest(
        account={"id": account_id, "identifiers": identifiers},
        update_mask={"paths": ["identifiers"]},
    )
    anna.call(ACCOUNTS).UpdateAccount(request)


def test_a_new_account_is_announced_by_its_hashes(sales: RunningService, anna: Caller) -> None:
    acme = account(anna, identifiers=[EMAIL, PHONE, TAX_ID, DOMAIN])

    (event,) = heard(sales)
    assert (event.customer_id, event.customer_type) == (acme.id, "account")
    assert told(event) == [
        *expected(sales, "email", "info@acme.example"),
        *expected(sales, "phone", "+4940123456"),
        *expected(sales, "tax_id", "DE|811907980"),
    ]


def test_a_contact_is_announced_as_one(sales: RunningService, anna: Caller) -> None:
    lee = contact(anna, identifiers=[EMAIL])

    (event,) = heard(sales)
    assert (event.customer_id, event.customer_type) == (lee.id, "contact")


def test_what_means_nothing_elsewhere_is_not_announced(sales: RunningService, anna: Caller) -> None:
    account(anna, identifiers=[LOCAL_PHONE, DOMAIN])

    assert (heard(sales), sales.table("identifications")) == ([], [])


def test_each_change_of_identifiers_is_announced_once_with_the_whole_set(
    sales: RunningService, anna: Caller
) -> None:
    acme = account(anna, identifiers=[EMAIL])
    request = UpdateAccountRequest(
        account={"id": acme.id, "industry": "retail"}, update_mask={"paths": ["industry"]}
    )
    anna.call(ACCOUNTS).UpdateAccount(request)
    set_identifiers(anna, acme.id, EMAIL, DOMAIN)
    assert len(heard(sales)) == 1

    set_identifiers(anna, acme.id, EMAIL, TAX_ID)
    set_identifiers(anna, acme.id)

    _, changed, emptied = heard(sales)
    assert [kind for kind, _, _ in told(changed)] == ["email", "tax_id"]
    sequences = [event.sequence for event in heard(sales)]
    assert sequences == sorted(set(sequences))
    assert told(emptied) == []


def test_who_is_deleted_is_announced_without_hashes(sales: RunningService, anna: Caller) -> None:
    acme, lee = account(anna, identifiers=[EMAIL]), contact(anna, identifiers=[PHONE])

    anna.call(ACCOUNTS).DeleteAccount(DeleteAccountRequest(id=acme.id))
    anna.call(CONTACTS).DeleteContact(DeleteContactRequest(id=lee.id))

    gone = [(event.customer_id, told(event)) for event in heard(sales)[2:]]
    assert gone == [(acme.id, []), (lee.id, [])]
    assert sales.table("identifications") == []


def test_new_keys_announce_every_customer_anew_in_batches(
    sales: RunningService, anna: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    monkeypatch.setattr(rotation, "BATCHES", 1)
    for number in range(3):
        mail = EMAIL | {"value": f"info@acme{number}.example"}
        account(anna, name=f"Acme {number}", identifiers=[mail])
    gone = account(anna, name="Gone", identifiers=[TAX_ID])
    set_identifiers(anna, gone.id)
    before = len(heard(sales))

    sales.app.settings = settings_of(tmp_path, "k1", "k2")
    runs = []
    for _ in range(4):
        rotation.announce_anew(sales.app)
        runs.append(len(heard(sales)) - before)

    assert runs[-1] == runs[-2] == 3
    assert runs[0] <= 2
    anew = heard(sales)[before:]
    assert {tuple(each.key_id for each in event.hashes) for event in anew} == {("k1", "k2")}
    assert {row["key_ids"] for row in sales.table("identifications")} == {"k1,k2"}


def test_without_keys_nothing_is_announced_until_there_are_some(
    run_service: Callable[..., RunningService], tmp_path: Path
) -> None:
    sales = run_service(SERVICE)
    anna = sales.caller("user_anna", "sales.*@region")
    acme = account(anna, identifiers=[EMAIL])
    rotation.announce_anew(sales.app)
    assert heard(sales) == []

    sales.app.settings = settings_of(tmp_path, "k1")
    rotation.announce_anew(sales.app)

    (event,) = heard(sales)
    assert event.customer_id == acme.id
    assert told(event) == expected(sales, "email", "info@acme.example")


def test_without_its_keys_a_region_says_nothing_and_takes_nothing_back(
    sales: RunningService, anna: Caller, tmp_path: Path
) -> None:
    with_keys = sales.app.settings
    acme = account(anna, identifiers=[EMAIL])
    none = replace(with_keys.regions, match_keys_file=tmp_path / "none.json")
    sales.app.settings = replace(with_keys, regions=none)
    set_identifiers(anna, acme.id, PHONE)
    assert len(heard(sales)) == 1

    sales.app.settings = with_keys
    rotation.announce_anew(sales.app)

    assert told(heard(sales)[-1]) == expected(sales, "phone", "+4940123456")
