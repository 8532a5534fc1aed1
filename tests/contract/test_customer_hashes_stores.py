"""What regions keep of each other's customers and deals is kept alike on every engine (PLT-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from chassis import match_keys
from chassis.app import App
from chassis.database import Database
from chassis.manifest import Service
from chassis.match_keys import MatchHash
from services.directory.customer_matches import hashes
from services.directory.customer_matches.domain import CustomerType, HashedCustomer
from services.directory.manifest import SERVICE as DIRECTORY
from services.partners.claims.store import claims
from services.partners.clearances import arbiter
from services.partners.clearances import store as clearances
from services.partners.clearances.domain import (
    Clearance,
    ClearanceDecision,
    DealClearanceReleased,
    DealClearanceRequested,
)
from services.partners.manifest import SERVICE as PARTNERS
from services.sales.identifiers import announcing
from services.sales.identifiers.domain import Identifier, IdentifierType, normalise
from services.sales.manifest import SERVICE as SALES
from tests.match_keys import settings_of

MOMENT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MAIL, PHONE = MatchHash("email", "k1", "a" * 64), MatchHash("phone", "k1", "b" * 64)
MAKER = Callable[[Service], Database]


def test_hashes_are_replaced_shared_and_counted(any_database: MAKER) -> None:
    app = App(DIRECTORY, any_database(DIRECTORY), clock=lambda: MOMENT)
    mine = HashedCustomer("account_na_1", "na", CustomerType.ACCOUNT)
    theirs = HashedCustomer("contact_emea_1", "emea", CustomerType.CONTACT)

    with app.transaction() as tx:
        assert hashes.replace(tx, mine, [MAIL, PHONE], 5)
        assert hashes.replace(tx, theirs, [MAIL], 1)
        assert hashes.candidates(tx, mine, [MAIL, PHONE]) == {theirs}
        assert hashes.shared(tx, [MAIL, PHONE], [theirs]) == {theirs: {MAIL}}
        uses = hashes.key_uses(tx)
        assert not hashes.replace(tx, mine, [], 5)
        assert hashes.replace(tx, mine, [PHONE], 6)
        assert hashes.candidates(tx, mine, [PHONE]) == set()

    assert [(use["region"], use["key_id"], use["customers"]) for use in uses] == [
        ("emea", "k1", 1),
        ("na", "k1", 1),
    ]


def test_what_is_hashed_under_other_keys_is_found(any_database: MAKER, tmp_path: Path) -> None:
    app = App(SALES, any_database(SALES), settings=settings_of(tmp_path, "k1"))
    mail = normalise(Identifier(IdentifierType.EMAIL, "Info@Acme.example"))
    with app.transaction() as tx:
        announcing.announce(tx, "account", "account_na_1", [mail])
    old, new = (
        match_keys.read(settings_of(tmp_path, *each).regions.match_keys_file)
        for each in (("k1",), ("k1", "k2"))
    )

    with app.transaction() as tx:
        assert announcing.claim_under_other_keys(tx, old, 10) == []
        (due,) = announcing.claim_under_other_keys(tx, new, 10)

    assert (due.customer_id, due.key_ids) == ("account_na_1", "k1")


def test_the_arbiter_gives_a_customer_to_one_deal_until_it_is_released(
    any_database: MAKER, tmp_path: Path
) -> None:
    app = App(PARTNERS, any_database(PARTNERS), settings=settings_of(tmp_path, "k1"))
    first = DealClearanceRequested("deal_emea_1", 1, "storage", (MAIL, PHONE))
    second = DealClearanceRequested("deal_apac_1", 1, "storage", (PHONE,))
    third = DealClearanceRequested("deal_apac_1", 2, "storage", (PHONE,))

    with app.transaction() as tx:
        granted = arbiter.decide(tx, "emea", first)
        refused = arbiter.decide(tx, "apac", second)
        assert arbiter.decide(tx, "emea", first) == granted
        arbiter.release(tx, "emea", DealClearanceReleased("deal_emea_1", 1))
        after = arbiter.decide(tx, "apac", third)
        holders = set(tx.execute(sa.select(claims.c.holder_id)).scalars())
        number, _ = clearances.digest(tx)

    assert granted.decision is after.decision is ClearanceDecision.GRANTED
    assert (refused.decision, refused.conflicting_deal_id, refused.identifier) == (
        ClearanceDecision.REFUSED,
        "deal_emea_1",
        "phone",
    )
    assert (holders, number) == ({"deal_apac_1"}, 3)


def test_customers_of_whom_a_region_told_between_two_numbers(any_database: MAKER) -> None:
    app = App(DIRECTORY, any_database(DIRECTORY), clock=lambda: MOMENT)
    told = {("account_na_1", "na"): 5, ("account_na_2", "na"): 6, ("account_na_3", "na"): 8}
    told[("account_emea_1", "emea")] = 7
    with app.transaction() as tx:
        for (customer_id, region), sequence in told.items():
            customer = HashedCustomer(customer_id, region, CustomerType.ACCOUNT)
            assert hashes.replace(tx, customer, [MAIL], sequence)
        found = hashes.told_between(tx, "na", 5, 8)
    assert [each.id for each in found] == ["account_na_2", "account_na_3"]


def test_what_the_hub_has_forgotten_is_forgotten_and_what_others_ended_is_not(
    any_database: MAKER,
) -> None:
    app = App(PARTNERS, any_database(PARTNERS), clock=lambda: MOMENT)
    early, late = MOMENT - timedelta(hours=1), MOMENT
    with app.transaction() as tx:
        for deal_id, region, at, released in (
            ("deal_na_1", "na", early, True),
            ("deal_emea_1", "emea", early, False),
            ("deal_emea_2", "emea", late, False),
            ("deal_emea_3", "emea", late, True),
        ):
            clearance = Clearance(deal_id, 1, region, released=released)
            clearance.decide(ClearanceDecision.GRANTED, None, at=at)
            clearances.put(tx, clearance)
        newest = clearances.newest_decision(tx)
        since = MOMENT - timedelta(minutes=1)
        again = [each.deal_id for each in clearances.decided_here_or_after(tx, since)]
        clearances.forget(tx, "na", since, MOMENT)

        (kept,) = clearances.of_deal(tx, "deal_emea_1").values()
        (ended,) = clearances.of_deal(tx, "deal_emea_3").values()
        gone = [clearances.of_deal(tx, deal_id) for deal_id in ("deal_na_1", "deal_emea_2")]
    assert (newest, again) == (MOMENT, ["deal_na_1", "deal_emea_2", "deal_emea_3"])
    assert (kept.decision, kept.decide_time) == (ClearanceDecision.GRANTED, early)
    assert (ended.decision, ended.decide_time, ended.released) == (None, None, True)
    assert gone == [{}, {}]
