"""A region is restored to a moment before a customer moved: they live in one region, or somebody is told."""

from __future__ import annotations

from functools import partial

from cli.processes import wait_until
from tests.component.regions.region import RunningRegion
from tests.component.relocation.company import Company
from tests.component.relocation.customer import Customer, post
from tests.component.relocation.moves import (
    are_found,
    copied,
    copies,
    move,
    read,
    relocations,
    traces,
)
from tests.component.relocation.shelves import Shelves
from tests.component.relocation.snapshot import Snapshot

DONE = "CUSTOMER_MOVE_STATE_DONE"
HOLD = {"reason": "PENDING_REASON_CUSTOMER"}


def in_peace(company: Company) -> None:
    """Let all come to its end, also what waits to be looked at again."""
    for _ in range(3):
        company.settle()
        company.later()
    company.settle()


def test_what_a_restored_region_has_of_a_customer_who_had_left_is_given_up(
    company: Company, na: RunningRegion, emea: RunningRegion, shelves: Shelves, mills: Customer
) -> None:
    before_it = Snapshot(na)
    begun = move(company, mills.account_id)
    post(emea.person("*@region"), f"/service/v1/cases/{mills.ids['case']}:hold", HOLD)
    there = shelves.of("emea")

    letters = before_it.restore(company)
    again = shelves.of("na")
    in_peace(company)

    assert set(again) > {"accounts", "cases", "leads"}, "both had the customer for a moment"
    assert shelves.both() == ({}, there)
    assert traces(na, *mills.words) == {}
    assert (letters, copies(na), copies(emea)) == ([], 0, 0)
    assert set(relocations(na, begun).values()) == {"departed"}
    for region in (na, emea):
        assert wait_until(partial(are_found, region, mills), 40)


def test_a_region_that_is_restored_to_the_midst_of_a_move_gives_up_too(
    company: Company, na: RunningRegion, emea: RunningRegion, shelves: Shelves, mills: Customer
) -> None:
    begun = copied(company, mills.account_id)
    midst = Snapshot(na)
    post(na.person("*@region"), f"/service/v1/cases/{mills.ids['case']}:hold", HOLD)
    company.settle()
    there = shelves.of("emea")

    letters = midst.restore(company)
    in_peace(company)

    assert there["cases"][0]["state"] == "pending", "what changed after that moment is not lost"
    assert shelves.both() == ({}, there)
    assert (letters, copies(emea)) == ([], 0)
    assert set(relocations(na, begun).values()) == {"departed"}
    assert read(company, begun)["state"] == DONE


def test_who_came_back_meanwhile_stays(
    company: Company, na: RunningRegion, emea: RunningRegion, shelves: Shelves, mills: Customer
) -> None:
    before = shelves.of("na")
    before_it = Snapshot(na)
    move(company, mills.account_id)
    back = move(company, mills.account_id, to="na", by="emea")

    letters = before_it.restore(company)
    in_peace(company)

    assert back["state"] == DONE
    assert shelves.both() == (before, {})
    assert set(letters) == {
        f"{service} RELOCATION_INCOMPLETE"
        for service in ("sales", "service", "marketing", "partners")
    }


def test_a_restored_region_inserts_again_what_it_has_a_copy_of(
    company: Company, emea: RunningRegion, shelves: Shelves, mills: Customer
) -> None:
    copied(company, mills.account_id)
    midst = Snapshot(emea)
    company.settle()
    there = shelves.of("emea")

    letters = midst.restore(company)
    in_peace(company)

    # A task about a case departed later; of that there was no copy yet at that moment.
    lost = {name: rows for name, rows in there.items() if rows != shelves.of("emea").get(name)}
    assert (set(lost), shelves.of("na")) == ({"activities"}, {})
    assert letters == ["sales RELOCATION_INCOMPLETE"]


def test_of_whom_a_restored_region_has_no_copy_it_says_so(
    company: Company, emea: RunningRegion, shelves: Shelves, mills: Customer
) -> None:
    before_it = Snapshot(emea)
    move(company, mills.account_id)

    letters = before_it.restore(company)
    in_peace(company)

    assert shelves.both() == ({}, {})
    assert letters.count("sales RELOCATION_INCOMPLETE") == 2
    assert {each.split()[0] for each in letters} == {"sales", "service", "marketing", "partners"}
