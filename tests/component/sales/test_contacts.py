"""Contacts through real gRPC on a real PostgreSQL (SAL-1)."""

from __future__ import annotations

from typing import Any

import pytest
from meridian.sales.v1 import contact_pb2
from meridian.sales.v1.contact_service_pb2 import (
    AssignContactRequest,
    DeleteContactRequest,
    GetContactRequest,
    ListContactsRequest,
    LookupContactsRequest,
    UpdateContactRequest,
)

from chassis.errors import Denied, Invalid, NotFound, Refused
from tests.component.sales.people import (
    CONTACTS,
    account,
    contact,
    every,
    opportunity,
    refusal_of,
)
from tests.running import Caller, RunningService

EMAIL = {"type": "IDENTIFIER_TYPE_EMAIL", "value": "Ann@Acme.example"}


def names(caller: Caller, **query: Any) -> list[str]:
    ask = caller.call(CONTACTS).ListContacts
    return [each.family_name for each in every(ask, ListContactsRequest, **query)]


def test_a_contact_is_entered_with_its_role_and_announced(
    sales: RunningService, anna: Caller
) -> None:
    acme = account(anna)
    lee = contact(
        anna,
        given_name="Ann",
        language="zh-CN",
        identifiers=[EMAIL],
        roles=[{"account_id": acme.id, "role": "BUYING_ROLE_DECISION_MAKER"}],
    )

    assert lee.id.startswith("contact_na_")
    assert lee.roles[0].role == contact_pb2.BUYING_ROLE_DECISION_MAKER
    assert lee.identifiers[0].normalised == "ann@acme.example"
    assert anna.call(CONTACTS).GetContact(GetContactRequest(id=lee.id)) == lee
    assert sales.events() == ["AccountCreated", "ContactCreated"]


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"family_name": ""}, "contact.family_name", "NAME_REQUIRED"),
        ({"language": "Chinese!"}, "contact.language", "STRING_PATTERN"),
        (
            {"roles": [{"account_id": "nowhere"}]},
            "contact.roles[0].account_id",
            "ACCOUNT_NOT_FOUND",
        ),
        (
            {"roles": [{"account_id": "a"}, {"account_id": "a"}]},
            "contact.roles[1].account_id",
            "ACCOUNT_REPEATED",
        ),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(
    sales: RunningService, anna: Caller, fields: dict[str, Any], field: str, reason: str
) -> None:
    refusal = refusal_of(lambda: contact(anna, **fields))

    assert isinstance(refusal, Invalid)
    assert [(each.field, each.reason) for each in refusal.violations] == [(field, reason)]
    assert sales.table("contacts") == sales.table("contact_roles") == []
    assert sales.events() == []


def test_contacts_are_listed_by_account(anna: Caller) -> None:
    acme, globex = account(anna), account(anna, name="Globex")
    contact(anna, family_name="Both", roles=[{"account_id": a.id} for a in (acme, globex)])
    contact(anna, family_name="Acme only", roles=[{"account_id": acme.id}])
    contact(anna, family_name="Nowhere")

    assert names(anna, account_id=acme.id, order_by="family_name", page_size=1) == [
        "Acme only",
        "Both",
    ]
    assert names(anna, account_id=globex.id) == ["Both"]
    assert names(anna, filter='family_name = "No*"') == ["Nowhere"]


def test_roles_change_with_an_update(sales: RunningService, anna: Caller) -> None:
    acme, globex = account(anna), account(anna, name="Globex")
    lee = contact(anna, roles=[{"account_id": acme.id}])

    request = UpdateContactRequest(contact={"id": lee.id, "roles": [{"account_id": globex.id}]})
    updated = anna.call(CONTACTS).UpdateContact(request)

    assert [role.account_id for role in updated.roles] == [globex.id]
    assert [row["account_id"] for row in sales.table("contact_roles")] == [globex.id]
    assert names(anna, account_id=acme.id) == []


def test_a_contact_is_found_by_its_identifier(anna: Caller) -> None:
    lee = contact(anna, identifiers=[EMAIL])
    account(anna, identifiers=[EMAIL])

    request = LookupContactsRequest(identifier=EMAIL | {"value": "ANN@acme.example"})

    assert list(anna.call(CONTACTS).LookupContacts(request).contacts) == [lee]


def test_a_contact_in_use_is_not_deleted(sales: RunningService, anna: Caller) -> None:
    acme = account(anna)
    lee = contact(anna, roles=[{"account_id": acme.id}])
    opportunity(anna, acme.id, contact_id=lee.id)
    delete = DeleteContactRequest(id=lee.id)

    refusal = refusal_of(lambda: anna.call(CONTACTS).DeleteContact(delete))

    assert (type(refusal), refusal.params) == (Refused, {"uses": "opportunities: 1"})
    assert len(sales.table("contacts")) == 1


def test_a_contact_is_deleted(sales: RunningService, anna: Caller) -> None:
    acme = account(anna)
    lee = contact(anna, roles=[{"account_id": acme.id}], identifiers=[EMAIL])

    anna.call(CONTACTS).DeleteContact(DeleteContactRequest(id=lee.id))

    for table in ("contacts", "contact_roles", "identifiers"):
        assert sales.table(table) == []


def test_a_contact_changes_hands(sales: RunningService, anna: Caller) -> None:
    lee = contact(anna)
    otto = sales.caller("user_otto", "sales.contacts.read@own")
    read = GetContactRequest(id=lee.id)
    assert isinstance(refusal_of(lambda: otto.call(CONTACTS).GetContact(read)), NotFound)

    assign = AssignContactRequest(id=lee.id, owner_id="user_otto")
    assigned = anna.call(CONTACTS).AssignContact(assign)

    assert otto.call(CONTACTS).GetContact(read) == assigned
    assert isinstance(refusal_of(lambda: otto.call(CONTACTS).AssignContact(assign)), Denied)
