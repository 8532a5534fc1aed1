"""Accounts through real gRPC on a real PostgreSQL (SAL-1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from meridian.sales.v1 import account_pb2
from meridian.sales.v1.account_service_pb2 import (
    ActivateAccountRequest,
    AssignAccountRequest,
    DeactivateAccountRequest,
    DeleteAccountRequest,
    GetAccountRequest,
    ListAccountDuplicatesRequest,
    ListAccountsRequest,
    LookupAccountsRequest,
    UpdateAccountRequest,
)

from chassis.errors import Aborted, AlreadyExists, Denied, Invalid, NotFound, Refused
from tests.component.sales.people import (
    ACCOUNTS,
    account,
    contact,
    every,
    opportunity,
    refusal_of,
)
from tests.running import Caller, RunningService

TAX_ID = {"type": "IDENTIFIER_TYPE_TAX_ID", "issuer": "DE", "value": "DE 811 907 980"}
EMAIL = {"type": "IDENTIFIER_TYPE_EMAIL", "value": "Info@Acme.example"}


def update(caller: Caller, account_id: str, mask: list[str], **fields: Any) -> account_pb2.Account:
    request = UpdateAccountRequest(account={"id": account_id} | fields, update_mask={"paths": mask})
    updated: account_pb2.Account = caller.call(ACCOUNTS).UpdateAccount(request)
    return updated


def duplicates(caller: Caller, account_id: str) -> list[tuple[str, str, list[str]]]:
    request = ListAccountDuplicatesRequest(account_id=account_id)
    found = caller.call(ACCOUNTS).ListAccountDuplicates(request).duplicates
    return [(each.account_id, each.name, list(each.matched_on)) for each in found]


def test_an_account_is_entered_read_and_announced(sales: RunningService, anna: Caller) -> None:
    address = {"purpose": "ADDRESS_PURPOSE_BILLING", "city": "上海", "country": "CN"}
    acme = account(anna, identifiers=[EMAIL], addresses=[address], industry="retail")

    assert acme.id.startswith("account_na_")
    assert (acme.kind, acme.state) == (
        account_pb2.ACCOUNT_KIND_COMPANY,
        account_pb2.ACCOUNT_STATE_ACTIVE,
    )
    assert (acme.owner_id, acme.team_id, acme.business_unit_id) == ("user_anna", "team_1", "bu_1")
    assert (acme.identifiers[0].value, acme.identifiers[0].normalised) == (
        "Info@Acme.example",
        "info@acme.example",
    )
    assert acme.addresses[0].city == "上海"
    assert anna.call(ACCOUNTS).GetAccount(GetAccountRequest(id=acme.id)) == acme
    assert sales.events() == ["AccountCreated"]


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"name": ""}, "account.name", "STRING_MIN_LEN"),
        ({"identifiers": [{"value": "x"}]}, "account.identifiers[0].type", "ENUM_NOT_IN"),
        (
            {"identifiers": [EMAIL | {"value": "nobody"}]},
            "account.identifiers[0].value",
            "IDENTIFIER_MALFORMED",
        ),
        ({"identifiers": [EMAIL, EMAIL]}, "account.identifiers[1].value", "IDENTIFIER_REPEATED"),
        (
            {"identifiers": [TAX_ID | {"issuer": " "}]},
            "account.identifiers[0].issuer",
            "ISSUER_REQUIRED",
        ),
        ({"parent_account_id": "account_na_x"}, "account.parent_account_id", "PARENT_NOT_FOUND"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(
    sales: RunningService, anna: Caller, fields: dict[str, Any], field: str, reason: str
) -> None:
    refusal = refusal_of(lambda: account(anna, **fields))

    assert isinstance(refusal, Invalid)
    assert [(each.field, each.reason) for each in refusal.violations] == [(field, reason)]
    assert sales.table("accounts") == sales.table("identifiers") == []
    assert sales.events() == []


def test_a_unique_identifier_belongs_to_one_account(sales: RunningService, anna: Caller) -> None:
    first = account(anna, identifiers=[TAX_ID])

    refusal = refusal_of(
        lambda: account(anna, name="Other", identifiers=[TAX_ID | {"value": "de811907980"}])
    )

    assert isinstance(refusal, AlreadyExists)
    assert refusal.params == {"type": "tax_id", "holder_id": first.id}
    assert len(sales.table("accounts")) == 1


def test_of_racing_accounts_one_gets_the_unique_identifier(
    sales: RunningService, anna: Caller
) -> None:
    def attempt(number: int) -> str:
        try:
            return account(anna, name=f"Acme {number}", identifiers=[TAX_ID]).id
        except AlreadyExists as taken:
            return taken.reason

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(attempt, range(6)))

    assert answers.count("IDENTIFIER_TAKEN") == 5
    assert [row["id"] for row in sales.table("accounts")] == list(
        set(answers) - {"IDENTIFIER_TAKEN"}
    )


def test_look_alikes_are_flagged_and_listed(anna: Caller) -> None:
    first = account(anna, name="Acme GmbH", identifiers=[EMAIL])
    second = account(anna, name="ACME, Inc.", identifiers=[EMAIL | {"value": "info@acme.EXAMPLE"}])
    third = account(anna, name="Globex")

    assert [each.possible_duplicate for each in (first, second, third)] == [False, True, False]
    assert duplicates(anna, first.id) == [(second.id, "ACME, Inc.", ["email", "name"])]
    assert duplicates(anna, third.id) == []
    changed = update(anna, second.id, ["name", "identifiers"], name="Initech")
    assert changed.possible_duplicate is False
    assert duplicates(anna, first.id) == []


def test_an_account_is_found_by_its_identifier(anna: Caller) -> None:
    acme = account(anna, identifiers=[TAX_ID, EMAIL])
    ask = anna.call(ACCOUNTS).LookupAccounts

    by_tax_id = LookupAccountsRequest(identifier=TAX_ID | {"value": "DE811907980", "issuer": "de"})
    elsewhere = LookupAccountsRequest(identifier=TAX_ID | {"issuer": "AT"})

    assert list(ask(by_tax_id).accounts) == [acme]
    assert list(ask(elsewhere).accounts) == []


def test_an_update_changes_its_mask_alone(anna: Caller) -> None:
    acme = account(anna, industry="retail", identifiers=[EMAIL])

    updated = update(anna, acme.id, ["industry"], industry="energy", name="ignored")

    assert (updated.name, updated.industry, updated.etag) == ("Acme", "energy", "2")
    assert list(updated.identifiers) == list(acme.identifiers)


def test_a_stale_etag_changes_nothing(sales: RunningService, anna: Caller) -> None:
    acme = account(anna)

    refusal = refusal_of(lambda: update(anna, acme.id, ["name"], name="Other", etag="9"))

    assert (type(refusal), refusal.reason) == (Aborted, "STALE_ETAG")
    assert [row["name"] for row in sales.table("accounts")] == ["Acme"]


def test_an_account_is_not_a_part_of_itself(anna: Caller) -> None:
    group = account(anna, name="Group")
    part = account(anna, name="Part", parent_account_id=group.id)

    refusal = refusal_of(
        lambda: update(anna, group.id, ["parent_account_id"], parent_account_id=part.id)
    )

    assert (type(refusal), refusal.reason) == (Invalid, "PARENT_IS_PART")


def test_two_accounts_moved_at_once_do_not_end_up_above_each_other(
    sales: RunningService, anna: Caller
) -> None:
    first, second = account(anna, name="First"), account(anna, name="Second")

    def put(part: account_pb2.Account, group: account_pb2.Account) -> str:
        try:
            update(anna, part.id, ["parent_account_id"], parent_account_id=group.id)
        except Invalid as refusal:
            return refusal.reason
        return "done"

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(put, (first, second), (second, first)))

    assert sorted(answers) == ["PARENT_IS_PART", "done"]
    parents = [row["parent_account_id"] for row in sales.table("accounts")]
    assert sorted(parents)[0] == ""


def test_state_and_owner_change_by_verbs(anna: Caller) -> None:
    acme = account(anna)
    ask = anna.call(ACCOUNTS)

    inactive = ask.DeactivateAccount(DeactivateAccountRequest(id=acme.id))
    active = ask.ActivateAccount(ActivateAccountRequest(id=acme.id, etag=inactive.etag))
    assigned = ask.AssignAccount(AssignAccountRequest(id=acme.id, owner_id="user_otto"))
    refusal = refusal_of(lambda: ask.ActivateAccount(ActivateAccountRequest(id=acme.id)))

    assert (inactive.state, active.state) == (
        account_pb2.ACCOUNT_STATE_INACTIVE,
        account_pb2.ACCOUNT_STATE_ACTIVE,
    )
    assert (assigned.owner_id, assigned.team_id) == ("user_otto", "team_1")
    assert (type(refusal), refusal.reason) == (Refused, "ACCOUNT_ACTIVE")


def test_an_account_in_use_is_not_deleted(sales: RunningService, anna: Caller) -> None:
    acme = account(anna)
    contact(anna, roles=[{"account_id": acme.id}])
    opportunity(anna, acme.id)
    account(anna, name="Part", parent_account_id=acme.id)

    refusal = refusal_of(
        lambda: anna.call(ACCOUNTS).DeleteAccount(DeleteAccountRequest(id=acme.id))
    )

    assert (type(refusal), refusal.params) == (
        Refused,
        {"uses": "contacts: 1, opportunities: 1, parts: 1"},
    )
    assert len(sales.table("accounts")) == 2


def test_a_mistaken_account_is_deleted(sales: RunningService, anna: Caller) -> None:
    acme = account(anna, identifiers=[TAX_ID])

    anna.call(ACCOUNTS).DeleteAccount(DeleteAccountRequest(id=acme.id))

    assert sales.table("accounts") == sales.table("identifiers") == []


def test_deleting_and_using_an_account_at_the_same_moment_never_leave_an_orphan(
    sales: RunningService, anna: Caller
) -> None:
    def race(_number: int) -> None:
        acme = account(anna)
        with ThreadPoolExecutor(2) as pool:
            use = pool.submit(lambda: opportunity(anna, acme.id))
            delete = DeleteAccountRequest(id=acme.id)
            remove = pool.submit(lambda: anna.call(ACCOUNTS).DeleteAccount(delete))
        assert sum(each.exception() is not None for each in (use, remove)) == 1

    for number in range(5):
        race(number)

    known = {row["id"] for row in sales.table("accounts")}
    assert {row["account_id"] for row in sales.table("opportunities")} == known


def test_lists_filter_order_and_page(anna: Caller) -> None:
    for name in ("Delta", "Alpha", "Charlie", "Bravo"):
        account(anna, name=name, industry="retail" if name < "C" else "energy")
    ask = anna.call(ACCOUNTS).ListAccounts

    def names(**query: Any) -> list[str]:
        return [each.name for each in every(ask, ListAccountsRequest, **query)]

    assert names(order_by="name", page_size=3) == ["Alpha", "Bravo", "Charlie", "Delta"]
    assert names(filter='industry = "retail" AND state = ACTIVE') == ["Bravo", "Alpha"]
    assert names(filter="possible_duplicate = true") == []
    for down in ("", " desc"):
        order = f"possible_duplicate{down}, name"
        assert names(order_by=order, page_size=3) == ["Alpha", "Bravo", "Charlie", "Delta"]


def test_what_has_no_order_is_compared_for_equality_alone(anna: Caller) -> None:
    ask = anna.call(ACCOUNTS).ListAccounts
    refusal = refusal_of(lambda: ask(ListAccountsRequest(filter="possible_duplicate > true")))

    assert isinstance(refusal, Invalid)
    assert [(v.field, v.reason) for v in refusal.violations] == [("filter", "FILTER_OPERATOR")]


def test_each_sees_what_is_theirs(sales: RunningService, anna: Caller) -> None:
    acme = account(anna, partner_id="partner_na_1")
    own = sales.caller("user_stan", "sales.*@own")
    team = sales.caller("user_tom", "sales.*@team", teams=("team_1",))
    unit = sales.caller("user_uma", "sales.*@business_unit", business_units=("bu_0", "bu_1"))
    partner = sales.caller("user_pia", "sales.*@partner", partner_id="partner_na_1")
    customer = sales.caller("user_cora", "sales.*@customer", account_id=acme.id)
    other_partner = sales.caller("user_pam", "sales.*@partner", partner_id="partner_na_2")

    read = GetAccountRequest(id=acme.id)
    for caller in (team, unit, partner, customer):
        assert caller.call(ACCOUNTS).GetAccount(read) == acme
    for caller in (own, other_partner):
        refusal = refusal_of(lambda caller=caller: caller.call(ACCOUNTS).GetAccount(read))
        assert isinstance(refusal, NotFound)
        assert caller.call(ACCOUNTS).ListAccounts(ListAccountsRequest()).accounts == []


def test_what_a_partner_enters_is_the_partners(sales: RunningService) -> None:
    partner = sales.caller("user_pia", "sales.*@partner", partner_id="partner_na_1")

    assert account(partner, partner_id="partner_na_2").partner_id == "partner_na_1"


def test_without_the_permission_nothing_is_done(sales: RunningService) -> None:
    reader = sales.caller("user_rita", "sales.accounts.read@all")

    refusal = refusal_of(lambda: account(reader))

    assert isinstance(refusal, Denied)
    assert refusal.params == {"permission": "sales.accounts.create"}
    assert sales.table("accounts") == []
