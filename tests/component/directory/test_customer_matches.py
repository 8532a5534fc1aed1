"""The same customer in two regions is found by hashes that cross the border, on both sides (PLT-4).

Three regions with their sales and directories; what sales announces is handed to every directory.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from meridian.directory.v1 import customer_match_pb2, customer_match_service_pb2
from meridian.sales.v1.account_service_pb2 import DeleteAccountRequest, UpdateAccountRequest

from chassis.app import utc_now
from chassis.errors import Aborted, Denied, NotFound, Refused
from chassis.match_keys import MatchHash
from services.directory.customer_matches import hashes
from services.directory.manifest import SERVICE as DIRECTORY
from services.sales.identifiers import rotation
from services.sales.manifest import SERVICE as SALES
from tests.component.sales.people import ACCOUNTS, account, contact, refusal_of
from tests.crossing import Crossing
from tests.forgetting import remember, take_back
from tests.match_keys import settings_of
from tests.running import Caller, RunningService, signing_key

MATCHES = customer_match_service_pb2.DESCRIPTOR.services_by_name["CustomerMatchService"]
REGIONS = ("na", "emea", "apac")
EMAIL = {"type": "IDENTIFIER_TYPE_EMAIL", "value": "Info@Acme.example"}
PHONE = {"type": "IDENTIFIER_TYPE_PHONE", "value": "+49 40 123456"}
TAX_ID = {"type": "IDENTIFIER_TYPE_TAX_ID", "issuer": "DE", "value": "DE 811 907 980"}
SHARED = customer_match_pb2.CUSTOMER_MATCH_DISMISS_REASON_SHARED_IDENTIFIER


class Regions:
    """Sales and directory of three regions."""

    def __init__(self, run_service: Callable[..., RunningService], folder: Path) -> None:
        self._folder = folder
        key, credentials = folder / "signing-key.pem", folder / "credentials.json"
        key.write_bytes(signing_key())
        credentials.write_text("{}")
        more = {
            "MERIDIAN_SIGNING_KEY_FILE": str(key),
            "MERIDIAN_SERVICE_CREDENTIALS_FILE": str(credentials),
        }
        settings = {each: settings_of(folder, "k1", region=each, **more) for each in REGIONS}
        self.sales = {each: run_service(SALES, settings=settings[each]) for each in REGIONS}
        self.directories = {
            each: run_service(DIRECTORY, settings=settings[each]) for each in REGIONS
        }
        self._crossing = Crossing([*self.sales.values(), *self.directories.values()])

    def seller(self, region: str) -> Caller:
        return self.sales[region].caller("user_anna", "sales.*@region")

    def manager(self, region: str) -> Caller:
        return self.directories[region].caller("user_mia", "directory.*@region")

    def settle(self, disorder: random.Random | None = None) -> None:
        self._crossing.settle(disorder)

    def give_keys(self, region: str, *key_ids: str) -> None:
        """Start the region's sales with other keys."""
        app = self.sales[region].app
        app.settings = settings_of(self._folder, *key_ids, region=region)
        rotation.announce_anew(app)

    def matches(self, region: str, query: str = "") -> list[customer_match_pb2.CustomerMatch]:
        request = customer_match_service_pb2.ListCustomerMatchesRequest(
            filter=query, order_by="create_time", page_size=200
        )
        found = self.manager(region).call(MATCHES).ListCustomerMatches(request)
        return list(found.customer_matches)

    def states(self, region: str) -> list[str]:
        prefix = "CUSTOMER_MATCH_STATE_"
        names = customer_match_pb2.CustomerMatchState
        return [names.Name(each.state).removeprefix(prefix) for each in self.matches(region)]


@pytest.fixture
def regions(run_service: Callable[..., RunningService], tmp_path: Path) -> Regions:
    return Regions(run_service, tmp_path)


def set_identifiers(seller: Caller, account_id: str, *identifiers: dict[str, str]) -> None:
    request = UpdateAccountRequest(
        account={"id": account_id, "identifiers": identifiers},
        update_mask={"paths": ["identifiers"]},
    )
    seller.call(ACCOUNTS).UpdateAccount(request)


def dismiss(manager: Caller, match_id: str, **fields: Any) -> customer_match_pb2.CustomerMatch:
    request = customer_match_service_pb2.DismissCustomerMatchRequest(
        id=match_id, reason=SHARED, **fields
    )
    dismissed: customer_match_pb2.CustomerMatch = manager.call(MATCHES).DismissCustomerMatch(
        request
    )
    return dismissed


def confirm(manager: Caller, match_id: str) -> customer_match_pb2.CustomerMatch:
    request = customer_match_service_pb2.ConfirmCustomerMatchRequest(id=match_id)
    confirmed: customer_match_pb2.CustomerMatch = manager.call(MATCHES).ConfirmCustomerMatch(
        request
    )
    return confirmed


def test_both_sides_get_a_record_and_nobody_else_does(regions: Regions) -> None:
    mine = account(regions.seller("na"), identifiers=[EMAIL, TAX_ID])
    theirs = account(regions.seller("emea"), identifiers=[TAX_ID | {"value": "811907980"}])
    account(regions.seller("apac"), identifiers=[PHONE])
    regions.settle()

    (here,), (there,) = regions.matches("na"), regions.matches("emea")
    assert (here.customer_id, here.other_customer_id, here.other_region) == (
        mine.id,
        theirs.id,
        "emea",
    )
    assert (there.customer_id, there.other_customer_id, there.other_region) == (
        theirs.id,
        mine.id,
        "na",
    )
    assert (
        list(here.kinds)
        == list(there.kinds)
        == [customer_match_pb2.CUSTOMER_IDENTIFIER_KIND_TAX_ID]
    )
    assert here.strength == customer_match_pb2.CUSTOMER_MATCH_STRENGTH_STRONG
    assert regions.matches("apac") == []
    assert here.id.startswith("match_na_")
    assert regions.directories["na"].events() == ["CustomerMatchFound"]


def test_two_of_one_region_are_no_concern_of_the_others(regions: Regions) -> None:
    account(regions.seller("na"), name="A", identifiers=[EMAIL])
    account(regions.seller("na"), name="B", identifiers=[EMAIL])
    regions.settle()

    assert regions.matches("na") == []


def test_a_contact_matches_contacts_and_accounts(regions: Regions) -> None:
    contact(regions.seller("na"), identifiers=[EMAIL, PHONE])
    account(regions.seller("emea"), identifiers=[EMAIL, PHONE])
    contact(regions.seller("apac"), identifiers=[EMAIL, PHONE])
    regions.settle()

    strengths = {each.other_region: each.strength for each in regions.matches("na")}
    assert strengths == {
        "emea": customer_match_pb2.CUSTOMER_MATCH_STRENGTH_WEAK,
        "apac": customer_match_pb2.CUSTOMER_MATCH_STRENGTH_STRONG,
    }
    (person,) = regions.matches("na", "other_customer_type = CONTACT")
    assert person.other_region == "apac"


@pytest.mark.parametrize("seed", range(4))
def test_order_and_repetition_of_events_do_not_matter(regions: Regions, seed: int) -> None:
    disorder = random.Random(seed)
    made = {
        region: account(regions.seller(region), identifiers=[EMAIL, PHONE]).id for region in REGIONS
    }
    set_identifiers(regions.seller("apac"), made["apac"], TAX_ID)
    set_identifiers(regions.seller("emea"), made["emea"], PHONE)
    regions.settle(disorder)

    live = {
        region: [
            (each.other_customer_id, list(each.kinds))
            for each in regions.matches(region, "state = OPEN")
        ]
        for region in REGIONS
    }
    phone = customer_match_pb2.CUSTOMER_IDENTIFIER_KIND_PHONE
    assert live == {
        "na": [(made["emea"], [phone])],
        "emea": [(made["na"], [phone])],
        "apac": [],
    }


def test_a_match_is_withdrawn_with_what_it_stands_on(regions: Regions) -> None:
    mine = account(regions.seller("na"), identifiers=[EMAIL, PHONE])
    theirs = account(regions.seller("emea"), identifiers=[EMAIL, PHONE])
    regions.settle()
    set_identifiers(regions.seller("na"), mine.id, EMAIL)
    regions.settle()
    (weaker,) = regions.matches("emea")
    assert (weaker.strength, regions.states("emea")) == (
        customer_match_pb2.CUSTOMER_MATCH_STRENGTH_WEAK,
        ["OPEN"],
    )

    set_identifiers(regions.seller("na"), mine.id)
    regions.settle()
    assert (regions.states("na"), regions.states("emea")) == (["WITHDRAWN"], ["WITHDRAWN"])

    set_identifiers(regions.seller("na"), mine.id, EMAIL)
    regions.settle()
    assert (regions.states("na"), regions.states("emea")) == (["OPEN"], ["OPEN"])

    regions.seller("emea").call(ACCOUNTS).DeleteAccount(DeleteAccountRequest(id=theirs.id))
    regions.settle()
    assert (regions.states("na"), regions.states("emea")) == (["WITHDRAWN"], ["WITHDRAWN"])
    assert {row["region"] for row in regions.directories["apac"].table("customer_hashes")} == {"na"}


def test_each_side_decides_for_itself_and_a_dismissed_pair_stays_away(regions: Regions) -> None:
    mine = account(regions.seller("na"), identifiers=[EMAIL])
    theirs = account(regions.seller("emea"), identifiers=[EMAIL, PHONE])
    regions.settle()
    (here,), (there,) = regions.matches("na"), regions.matches("emea")

    dismissed = dismiss(regions.manager("na"), here.id)
    confirm(regions.manager("emea"), there.id)
    assert (dismissed.decider_id, dismissed.dismiss_reason) == ("user_mia", SHARED)
    set_identifiers(regions.seller("na"), mine.id)
    regions.settle()
    set_identifiers(regions.seller("na"), mine.id, EMAIL)
    set_identifiers(regions.seller("emea"), theirs.id, EMAIL)
    regions.settle()
    assert (regions.states("na"), regions.states("emea")) == (["DISMISSED"], ["OPEN"])

    set_identifiers(regions.seller("na"), mine.id, EMAIL, PHONE)
    set_identifiers(regions.seller("emea"), theirs.id, EMAIL, PHONE)
    regions.settle()
    assert regions.states("na") == ["OPEN"]


def test_duplicates_are_found_before_during_and_after_new_keys(regions: Regions) -> None:
    def enter_everywhere(name: str, mail: str) -> None:
        for region in REGIONS:
            account(regions.seller(region), name=name, identifiers=[EMAIL | {"value": mail}])
        regions.settle()

    def check(pairs: int) -> None:
        regions.settle()
        open_ones = ["OPEN"] * 2 * pairs
        assert regions.states("na") == ["DISMISSED", *open_ones[1:]]
        assert (regions.states("emea"), regions.states("apac")) == (open_ones, open_ones)

    enter_everywhere("Before", "before@acme.example")
    dismiss(regions.manager("na"), regions.matches("na")[0].id)
    check(1)
    for number, region in enumerate(REGIONS):
        regions.give_keys(region, "k1", "k2")
        enter_everywhere(f"Adding {number}", f"adding{number}@acme.example")
        check(2 + number)
    for number, region in enumerate(REGIONS):
        regions.give_keys(region, "k2")
        enter_everywhere(f"Removing {number}", f"removing{number}@acme.example")
        check(5 + number)
    enter_everywhere("After", "after@acme.example")
    check(8)

    stored = regions.directories["apac"].table("customer_hashes")
    assert {row["key_id"] for row in stored} == {"k2"}
    found = regions.directories["na"].events()
    assert (found.count("CustomerMatchFound"), found.count("CustomerMatchWithdrawn")) == (16, 0)


def test_a_customer_that_a_restored_region_has_forgotten_matches_nobody(regions: Regions) -> None:
    for region in ("na", "emea"):
        account(regions.seller(region), name="Kept", identifiers=[EMAIL])
    regions.settle()
    confirm(regions.manager("emea"), regions.matches("emea")[0].id)
    app = regions.sales["na"].app
    app.clock = lambda: utc_now() + timedelta(minutes=1)
    before = remember(app)
    account(regions.seller("na"), name="Forgotten", identifiers=[PHONE])
    account(regions.seller("emea"), name="Other", identifiers=[PHONE])
    regions.settle()
    assert regions.states("emea") == ["CONFIRMED", "OPEN"]

    take_back(app, before)
    regions.settle()

    assert regions.states("emea") == ["CONFIRMED", "WITHDRAWN"]
    assert regions.states("na") == ["OPEN", "WITHDRAWN"]
    held = regions.directories["apac"].table("customer_hashes")
    assert {row["region"] for row in held if row["kind"] == "phone"} == {"emea"}
    assert {row["region"] for row in held if row["kind"] == "email"} == {"na", "emea"}


def test_how_far_new_keys_have_come_can_be_seen(regions: Regions) -> None:
    for number in range(2):
        mail = EMAIL | {"value": f"a{number}@acme.example"}
        account(regions.seller("na"), name=f"A{number}", identifiers=[mail])
    account(regions.seller("emea"), identifiers=[PHONE])
    regions.give_keys("na", "k1", "k2")
    regions.settle()

    request = customer_match_service_pb2.ListMatchKeyUsesRequest()
    uses = regions.manager("apac").call(MATCHES).ListMatchKeyUses(request).match_key_uses
    assert [(u.region, u.key_id, u.customers, u.all_customers) for u in uses] == [
        ("emea", "k1", 1, 1),
        ("na", "k1", 2, 2),
        ("na", "k2", 2, 2),
    ]


def test_what_hundreds_share_makes_few_matches_and_is_noted(
    regions: Regions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashes, "MOST_HOLDERS", 4)
    for number in range(20):
        account(regions.seller(("na", "emea")[number % 2]), name=f"A{number}", identifiers=[EMAIL])
    regions.settle(random.Random(7))

    pairs = {
        region: {frozenset((e.customer_id, e.other_customer_id)) for e in regions.matches(region)}
        for region in ("na", "emea")
    }
    assert pairs["na"] == pairs["emea"]
    assert 0 < len(pairs["na"]) <= 6
    request = customer_match_service_pb2.ListCrowdedHashesRequest(filter="kind = EMAIL")
    (crowded,) = regions.manager("na").call(MATCHES).ListCrowdedHashes(request).crowded_hashes
    assert (crowded.kind, crowded.key_id) == (
        customer_match_pb2.CUSTOMER_IDENTIFIER_KIND_EMAIL,
        "k1",
    )


def test_what_is_stored_and_told_is_not_personal(regions: Regions) -> None:
    account(regions.seller("na"), identifiers=[EMAIL, PHONE, TAX_ID])
    account(regions.seller("emea"), identifiers=[EMAIL, PHONE, TAX_ID])
    regions.settle()

    tables = ("customer_hashes", "customer_matches", "hashed_customers", "crowded_hashes")
    told = str([regions.directories["na"].table(name) for name in (*tables, "outbox")]).casefold()
    for personal in ("acme", "40123456", "811907980"):
        assert personal not in told


def test_refusals_and_permissions(regions: Regions) -> None:
    account(regions.seller("na"), identifiers=[EMAIL])
    account(regions.seller("emea"), identifiers=[EMAIL])
    regions.settle()
    (found,) = regions.matches("na")
    manager = regions.manager("na")
    reader = regions.directories["na"].caller("user_sam", "directory.customer_matches.read@region")

    assert isinstance(refusal_of(lambda: dismiss(reader, found.id)), Denied)
    assert isinstance(refusal_of(lambda: confirm(manager, "match_na_none")), NotFound)
    assert isinstance(refusal_of(lambda: dismiss(manager, found.id, etag="9")), Aborted)
    get = customer_match_service_pb2.GetCustomerMatchRequest(id=found.id)
    assert reader.call(MATCHES).GetCustomerMatch(get) == found

    confirm(manager, found.id)
    again = refusal_of(lambda: confirm(manager, found.id))
    assert (type(again), again.reason) == (Refused, "CUSTOMER_MATCH_DECIDED")


def test_an_older_event_changes_nothing(regions: Regions) -> None:
    app = regions.directories["na"].app
    customer = hashes.HashedCustomer("account_emea_1", "emea", hashes.CustomerType.ACCOUNT)
    with app.transaction() as tx:
        assert hashes.replace(tx, customer, [MatchHash("email", "k1", "new")], 2)
        assert not hashes.replace(tx, customer, [MatchHash("email", "k1", "old")], 1)
    assert [row["hash"] for row in regions.directories["na"].table("customer_hashes")] == ["new"]
