"""A customer moves to another region: whole, verified, gone from the old one, and old ids keep working."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from chassis.app import utc_now
from chassis.ids import new_id
from chassis.relocation import source
from cli.processes import wait_until
from tests.component.regions.region import RunningRegion
from tests.component.relocation.company import Company
from tests.component.relocation.customer import Customer, Record, customer, post
from tests.component.relocation.moves import (
    are_found,
    copied,
    copies,
    ends,
    kept,
    move,
    propose,
    read,
    relocations,
    traces,
)
from tests.component.relocation.shelves import Shelves

DONE = "CUSTOMER_MOVE_STATE_DONE"


def test_a_customer_moves_whole_and_old_ids_keep_working(
    company: Company, na: RunningRegion, emea: RunningRegion, shelves: Shelves, mills: Customer
) -> None:
    before = shelves.of("na")
    declared = {name for each in na.services.values() for name in each.app.service.estate.tables}

    ended = move(company, mills.account_id)

    assert ended["state"] == DONE, ended
    assert set(before) == declared, "a table without a row proves nothing"
    assert shelves.both() == ({}, before)
    for region in (na, emea):
        assert wait_until(partial(are_found, region, mills), 5)


def test_the_record_tells_all_of_it(company: Company, shelves: Shelves, mills: Customer) -> None:
    rows = sum(map(len, shelves.of("na").values()))

    ended = move(company, mills.account_id)

    assert {part["state"] for part in ended["parts"]} == {"CUSTOMER_MOVE_PART_STATE_ARRIVED"}
    departures = ended["departures"]
    assert sum(int(each["rows"]) for each in departures) == rows
    assert all(each["digest"] == each["arrived_digest"] for each in departures)
    # Four parts, and a task about a case, of which sales hears by then whose it is.
    assert len(departures) == 5


def test_nothing_of_who_they_are_stays(
    company: Company, na: RunningRegion, mills: Customer
) -> None:
    found = {word for words in traces(na, *mills.words).values() for word in words}
    assert found == set(mills.words)

    move(company, mills.account_id)

    assert traces(na, *mills.words) == {}


def test_who_stays_is_not_touched(
    company: Company, na: RunningRegion, reference: Record, mills: Customer
) -> None:
    before = kept(na)
    gone = customer(company, reference)

    move(company, gone.account_id)

    assert kept(na) == before


def test_it_goes_on_as_one_of_that_region(
    company: Company, na: RunningRegion, emea: RunningRegion, mills: Customer
) -> None:
    ended = move(company, mills.account_id)
    staff, ids = emea.person("*@region"), mills.ids

    contract = staff("GET", f"/service/v1/contracts/{ids['contract']}").json()
    policy = staff("GET", f"/service/v1/sla_policies/{contract['sla_policy_id']}").json()
    opportunity = staff("GET", f"/sales/v1/opportunities/{ids['opportunity']}").json()
    later = {"stage": "understand"}
    moved = post(staff, f"/sales/v1/opportunities/{ids['opportunity']}:move", later)
    resolved = post(staff, f"/service/v1/cases/{ids['case']}:resolve", {"resolution": "Oiled."})
    note = {"kind": "MESSAGE_KIND_INTERNAL_NOTE", "body": "From na."}
    written = na.person("*@all")("POST", f"/service/v1/cases/{ids['case']}/messages", json=note)

    assert (policy["name"], policy["id"].split("_")[1]) == ("Gold", "emea")
    assert opportunity["pipeline_id"] in [row["id"] for row in emea.sales.table("pipelines")]
    assert opportunity["owner_id"] == ended["owner_id"]
    assert (moved["stage"], resolved["state"]) == ("understand", "CASE_STATE_RESOLVED")
    assert (written.status_code, written.headers["Meridian-Region"]) == (200, "emea")


def test_what_changes_while_it_is_copied_moves_as_it_is_in_the_end(
    company: Company, na: RunningRegion, emea: RunningRegion, shelves: Shelves, mills: Customer
) -> None:
    begun = copied(company, mills.account_id)
    hold = {"reason": "PENDING_REASON_CUSTOMER"}
    post(na.person("*@region"), f"/service/v1/cases/{mills.ids['case']}:hold", hold)
    before = shelves.of("na")

    company.settle()

    assert (shelves.both(), read(company, begun)["state"]) == (({}, before), DONE)
    assert copies(emea) == 0, "neither the copy that arrived nor the one that was of no use"


def test_what_was_written_beside_the_departure_follows(
    company: Company, na: RunningRegion, emea: RunningRegion, mills: Customer
) -> None:
    task = next(row for row in na.sales.table("activities") if row["id"] == mills.ids["task"])
    ended = move(company, mills.account_id)
    late = task | {"id": new_id("activity", "na", utc_now())}
    with na.sales.app.transaction() as tx:
        tx.execute(sa.insert(tx.service.metadata.tables["activities"]), late)

    company.later()
    company.settle()

    assert late["id"] not in [row["id"] for row in na.sales.table("activities")]
    (arrived,) = [row for row in emea.sales.table("activities") if row["id"] == late["id"]]
    assert arrived["owner_id"] == ended["owner_id"]
    departures = read(company, ended)["departures"]
    assert len(departures) == len(ended["departures"]) + 1
    assert all(each["digest"] == each["arrived_digest"] for each in departures)


def test_a_customer_can_come_back(
    company: Company, na: RunningRegion, emea: RunningRegion, shelves: Shelves, mills: Customer
) -> None:
    before = shelves.of("na")
    move(company, mills.account_id)

    ended = move(company, mills.account_id, to="na", by="emea")
    company.later()
    company.settle()

    assert ended["state"] == DONE, ended
    assert shelves.both() == (before, {})
    for region in (na, emea):
        assert wait_until(partial(are_found, region, mills), 40)


def test_while_the_link_is_cut_nothing_is_in_both_regions_or_lost(
    company: Company, shelves: Shelves, mills: Customer
) -> None:
    before = shelves.of("na")
    begun = copied(company, mills.account_id)
    company.is_cut = True
    company.settle()
    between, state = shelves.both(), read(company, begun)["state"]

    company.is_cut = False
    company.settle()

    # A task about a case stays until sales hears, over the border, whose case it is.
    assert (set(between[0]), between[1], state) == (
        {"activities"},
        {},
        "CUSTOMER_MOVE_STATE_DEPARTING",
    )
    assert (shelves.both(), read(company, begun)["state"]) == (({}, before), DONE)


def test_a_region_out_of_reach_delays_a_move_and_ends_none(
    company: Company, emea: RunningRegion, shelves: Shelves, mills: Customer
) -> None:
    before = shelves.of("na")
    begun = propose(company, mills.account_id)
    emea.stop_gateway()
    assert wait_until(lambda: company.step() >= 0 and len(delays(company, begun)) == 4, 30)
    waiting = delays(company, begun)
    emea.start_gateway()

    company.settle()

    assert set(waiting.values()) == {"REGION_UNREACHABLE"}
    assert (read(company, begun)["state"], shelves.of("emea")) == (DONE, before)
    assert delays(company, begun) == {}


def delays(company: Company, begun: Record) -> dict[str, str]:
    """What the parts of a move wait for, by service."""
    parts = read(company, begun)["parts"]
    return {each["service"]: each["delay"]["reason"] for each in parts if each.get("delay")}


def test_a_move_that_is_called_off_leaves_nothing_behind(
    company: Company, na: RunningRegion, emea: RunningRegion, shelves: Shelves, mills: Customer
) -> None:
    before = shelves.of("na")
    begun = propose(company, mills.account_id)
    assert wait_until(lambda: company.carry() >= 0 and len(relocations(na, begun)) == 4, 30)
    source.advance(na.sales.app)
    assert copies(emea) > 0

    by = na.person("directory.customer_moves.*@region")
    path = f"/directory/v1/customer_moves/{begun['id']}:cancel"
    cancelled = post(by, path, {"reason": "Not yet."})
    company.settle()
    company.later()
    company.settle()

    assert cancelled["state"] == "CUSTOMER_MOVE_STATE_CANCELLED"
    assert (shelves.both(), copies(emea)) == ((before, {}), 0)
    assert set(relocations(na, begun).values()) == {"closed"}
    assert begun["id"] in ends(emea), "a copy that is still on its way is not kept"
