"""A customer moves to another region: whole, verified, gone from the old one, and old ids keep working."""

from __future__ import annotations

from typing import Any

import pytest

from tests.component.regions.region import RunningRegion
from tests.component.relocation.company import Company
from tests.component.relocation.customer import (
    Customer,
    Record,
    customer,
    furnish,
    owner_in,
    post,
)

MOVES = "/directory/v1/customer_moves"
#: What is another region's own, or says whose a record is, differs afterwards.
_OTHERS = {"owner_id", "team_id", "business_unit_id", "pipeline_id"}
_NAMED = {"contracts": {"sla_policy_id"}, "clocks": {"calendar_id"}, "cases": {"entitlement"}}
_NAMED["clock_segments"] = {"sla_policy_id", "calendar_id"}


@pytest.fixture
def reference(company: Company) -> Record:
    return furnish(company)


@pytest.fixture
def mills(company: Company, reference: Record) -> Customer:
    """The customer who moves."""
    return customer(company, "Vermont Mills", reference)


def move(company: Company, account_id: str, to: str = "emea", by: str = "na") -> Record:
    """A move of a customer, begun and carried on until nothing happens any more."""
    administrator = company.regions[by].person("directory.customer_moves.*@region")
    body = {
        "account_id": account_id,
        "to_region": to,
        "owner_id": owner_in(company.regions[to])["id"],
        "reason": "The head office moved.",
    }
    begun = post(administrator, MOVES, body)
    company.settle()
    answer = administrator("GET", f"{MOVES}/{begun['id']}")
    ended: Record = answer.json()
    return ended


def kept(region: RunningRegion, only: str = "") -> dict[str, list[dict[str, Any]]]:
    """The rows of customers that a region keeps, by table, without what differs between regions."""
    found = {}
    for running in region.services.values():
        for name, table in running.app.service.estate.tables.items():
            left_out = _OTHERS | _NAMED.get(name, set())
            rows = [
                {key: value for key, value in row.items() if key not in left_out}
                for row in running.table(name)
            ]
            if rows:
                key = [column.name for column in table.primary_key]
                found[name] = sorted(rows, key=lambda row: [str(row[each]) for each in key])
    return found


def test_a_customer_moves_whole_and_old_ids_keep_working(
    company: Company, na: RunningRegion, emea: RunningRegion, mills: Customer
) -> None:
    before = kept(na)

    ended = move(company, mills.account_id)

    assert ended["state"] == "CUSTOMER_MOVE_STATE_DONE", ended
    assert (kept(na), kept(emea)) == ({}, before)
    for region in (na, emea):
        reader = region.person("*.*.read@all")
        statuses = {path: reader("GET", path).status_code for path in mills.paths}
        assert set(statuses.values()) == {200}, statuses
