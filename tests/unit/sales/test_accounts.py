"""An account's rules."""

from __future__ import annotations

import pytest

from chassis.errors import Invalid, Refused
from services.sales.accounts.domain import Account, AccountCreated, AccountKind, AccountState
from services.sales.identifiers.domain import Identifier, IdentifierType


def account() -> Account:
    return Account("account_na_1", name="Acme Inc.", owner_id="user_na_1")


def test_entering_normalises_and_announces() -> None:
    acme = account()
    acme.identifiers = (Identifier(IdentifierType.EMAIL, "Info@Acme.example"),)
    assert acme.enter() == AccountCreated("account_na_1", AccountKind.COMPANY, "", "user_na_1")
    assert (acme.identifiers[0].normalised, acme.name_key) == ("info@acme.example", "acme")


def test_revising_normalises_again() -> None:
    acme = account()
    acme.revise({"name": "Globex GmbH", "industry": "energy"})
    assert (acme.name, acme.name_key, acme.industry) == ("Globex GmbH", "globex", "energy")


def test_state_goes_back_and_forth_and_never_twice() -> None:
    acme = account()
    with pytest.raises(Refused, match="ACCOUNT_ACTIVE"):
        acme.activate()
    acme.deactivate()
    assert acme.state is AccountState.INACTIVE
    with pytest.raises(Refused, match="ACCOUNT_INACTIVE"):
        acme.deactivate()
    acme.activate()
    assert acme.state is AccountState.ACTIVE


def test_no_account_is_above_itself() -> None:
    acme = account()
    acme.check_parent(["account_na_2"])
    with pytest.raises(Invalid, match="PARENT_IS_PART"):
        acme.check_parent(["account_na_2", "account_na_1"])


def test_cannot_go_while_something_hangs_on_it() -> None:
    account().check_deletable("")
    with pytest.raises(Refused) as refusal:
        account().check_deletable("contacts: 2")
    assert refusal.value.params == {"uses": "contacts: 2"}


def test_assigning_keeps_what_is_not_named() -> None:
    acme = account()
    acme.assign("user_na_2", team_id="team_na_1")
    acme.assign("user_na_3", business_unit_id="bu_na_1")
    assert (acme.owner_id, acme.team_id, acme.business_unit_id) == (
        "user_na_3",
        "team_na_1",
        "bu_na_1",
    )
