"""Moves of customers between the two regions, and what each region keeps of customers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chassis.relocation.tables import ENDS, OVER, PIECES, RELOCATIONS
from cli.processes import wait_until
from services.directory.customer_moves.parts import SERVICES
from tests.component.gateway.conftest import Client
from tests.component.regions.region import RunningRegion
from tests.component.relocation.company import Company
from tests.component.relocation.customer import Customer, Record, owner_in, post

MOVES = "/directory/v1/customer_moves"
OWNERSHIP = {"owner_id", "team_id", "business_unit_id"}
#: What names what each region has for itself.
_NAMING = {
    "opportunities": {"pipeline_id"},
    "contracts": {"sla_policy_id"},
    "clocks": {"calendar_id"},
    "clock_segments": {"sla_policy_id", "calendar_id"},
    "cases": {"entitlement"},
}
Rows = dict[str, list[dict[str, Any]]]


def propose(company: Company, account_id: str, to: str = "emea", by: str = "na") -> Record:
    """A move of a customer, begun."""
    body = {
        "account_id": account_id,
        "to_region": to,
        "owner_id": owner_in(company.regions[to])["id"],
        "reason": "The head office moved.",
    }
    return post(administrator(company, by), MOVES, body)


def move(company: Company, account_id: str, to: str = "emea", by: str = "na") -> Record:
    """A move of a customer, carried on until nothing happens any more."""
    begun = propose(company, account_id, to, by)
    company.settle()
    return read(company, begun, by)


def copied(company: Company, account_id: str, to: str = "emea", by: str = "na") -> Record:
    """A move whose parts are all copied, and none has left."""
    begun, origin = propose(company, account_id, to, by), company.regions[by]
    assert wait_until(
        lambda: (
            company.step() >= 0
            and [*relocations(origin, begun).values()] == ["copied"] * len(SERVICES)
        ),
        30,
    )
    return begun


def read(company: Company, begun: Record, by: str = "na") -> Record:
    """How a move stands."""
    answer = administrator(company, by)("GET", f"{MOVES}/{begun['id']}")
    assert answer.status_code == 200, answer.text
    record: Record = answer.json()
    return record


def administrator(company: Company, region: str) -> Client:
    """Who may move customers away from a region."""
    return company.regions[region].person("directory.customer_moves.*@region")


def kept(region: RunningRegion) -> Rows:
    """The rows of customers that a region keeps, by table, without what differs between regions."""
    found = {}
    for running in region.services.values():
        for name, table in running.app.service.estate.tables.items():
            owned = OWNERSHIP if set(table.c.keys()) >= OWNERSHIP else set()
            left_out = owned | _NAMING.get(name, set())
            rows = [
                {key: value for key, value in row.items() if key not in left_out}
                for row in running.table(name)
            ]
            if rows:
                found[name] = sorted(rows, key=repr)
    return found


def statuses(region: RunningRegion, made: Customer) -> set[int]:
    """What a region's gateway answers to who reads each of the customer's records."""
    reader = region.person("*.*.read@all")
    return {reader("GET", path).status_code for path in made.paths}


def are_found(region: RunningRegion, made: Customer) -> bool:
    """Whether who asks a region's gateway gets all of the customer's records."""
    return statuses(region, made) == {200}


def traces(region: RunningRegion, *words: str) -> dict[str, list[str]]:
    """The tables of a region in which a word stands, whatever the column; those that only move copies apart."""
    found: dict[str, list[str]] = {}
    for service, name, row in _all_rows(region):
        text = repr(row).lower()
        for word in words:
            if word.lower() in text:
                found.setdefault(f"{service}.{name}", []).append(word)
    return found


def _all_rows(region: RunningRegion) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for service, running in region.services.items():
        for name in running.app.service.metadata.tables:
            for row in running.table(name):
                yield service, name, row


def copies(region: RunningRegion) -> int:
    """Pieces of copies that a region keeps."""
    return sum(
        len(running.table(PIECES))
        for running in region.services.values()
        if PIECES in running.app.service.metadata.tables
    )


def relocations(region: RunningRegion, begun: Record) -> dict[str, str]:
    """How the parts of a move stand that a region gives away, by service, as far as they have begun."""
    return {
        service: row["state"]
        for service, running in region.services.items()
        if RELOCATIONS in running.app.service.metadata.tables
        for row in running.table(RELOCATIONS)
        if row["id"] == begun["id"]
    }


def minus(rows: Rows, others: Rows) -> Rows:
    """The rows that are not among the others."""
    left = {name: [row for row in rows[name] if row not in others.get(name, [])] for name in rows}
    return {name: found for name, found in left.items() if found}


def ends(region: RunningRegion) -> set[str]:
    """The moves of which a region keeps no more copies."""
    return {row["move_id"] for row in region.sales.table(ENDS) if row["claim"] == OVER}
