"""What departs or is told late reaches the customer, wherever they live by then."""

from __future__ import annotations

import sqlalchemy as sa

from chassis.app import utc_now
from chassis.ids import new_id
from chassis.relocation.source import LOOKS
from tests.component.regions.region import RunningRegion
from tests.component.relocation.company import Company
from tests.component.relocation.customer import Customer
from tests.component.relocation.moves import copied, copies, move, read
from tests.component.relocation.shelves import Shelves

DONE = "CUSTOMER_MOVE_STATE_DONE"


def test_what_arrives_late_follows_a_customer_who_goes_back_already(
    company: Company, na: RunningRegion, emea: RunningRegion, shelves: Shelves, mills: Customer
) -> None:
    task = next(row for row in na.sales.table("activities") if row["id"] == mills.ids["task"])
    there = move(company, mills.account_id)
    with na.sales.app.transaction() as tx:
        late = task | {"id": new_id("activity", "na", utc_now())}
        tx.execute(sa.insert(tx.service.metadata.tables["activities"]), late)
    back = copied(company, mills.account_id, to="na", by="emea")

    company.later()
    company.settle()

    assert (there["state"], read(company, back, "emea")["state"]) == (DONE, DONE)
    assert late["id"] in [row["id"] for row in shelves.of("na")["activities"]]
    assert len(read(company, there)["departures"]) == len(there["departures"]) + 1
    assert (shelves.of("emea"), copies(na), copies(emea)) == ({}, 0, 0)


def test_what_hangs_on_records_of_another_service_follows_however_late_it_is_told(
    company: Company, shelves: Shelves, mills: Customer
) -> None:
    before = shelves.of("na")
    begun = copied(company, mills.account_id)
    company.is_cut = True
    for _ in (*LOOKS, "one more"):
        company.settle()
        company.later()
    between = shelves.of("na")

    company.is_cut = False
    company.settle()

    assert set(between) == {"activities"}, (
        "a task about a case, and sales has not heard of the case"
    )
    assert (shelves.both(), read(company, begun)["state"]) == (({}, before), DONE)
