"""A contact's rules."""

from __future__ import annotations

import pytest

from chassis.errors import Invalid, Refused
from services.sales.contacts.domain import BuyingRole, Contact, ContactCreated, ContactRole


def contact(*roles: ContactRole) -> Contact:
    return Contact("contact_na_1", family_name="Lee", roles=roles, owner_id="user_na_1")


def test_entering_announces_the_main_account() -> None:
    ann = contact(ContactRole("account_na_1", BuyingRole.BUYER), ContactRole("account_na_2"))
    assert ann.enter() == ContactCreated("contact_na_1", "account_na_1", "user_na_1")


def test_needs_a_name() -> None:
    nameless = Contact("contact_na_1", given_name="  ")
    with pytest.raises(Invalid, match="NAME_REQUIRED"):
        nameless.enter()


def test_an_account_occurs_once() -> None:
    with pytest.raises(Invalid) as refusal:
        contact(ContactRole("account_na_1"), ContactRole("account_na_1")).enter()
    assert refusal.value.violations[0].field == "contact.roles[1].account_id"


def test_joins_and_leaves_an_account() -> None:
    ann = contact(ContactRole("account_na_1"))
    assert ann.join("account_na_2") is True
    assert ann.join("account_na_2") is False
    assert ann.belongs_to("account_na_2")
    ann.leave("account_na_2")
    assert ann.roles == (ContactRole("account_na_1"),)


def test_cannot_go_while_an_opportunity_names_it() -> None:
    contact().check_deletable("")
    with pytest.raises(Refused, match="CONTACT_IN_USE"):
        contact().check_deletable("opportunities: 1")
