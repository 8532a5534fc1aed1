"""A planted customer who goes to live in another region, and the tables in which their words stand then."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

from psycopg import sql

from chassis.settings import SERVICES
from cli.assembly import manifest
from cli.processes import wait_until
from tests.faults.reconciliation import Check
from tests.faults.region import Region
from tests.regions.canaries import Canaries
from tests.regions.company import Company
from tests.regions.planting import Planter

FROM, TO = "emea", "apac"
#: Where words of somebody who left may still stand, and why.
STAYING = {
    "sales.idempotency_keys": "answers, kept for 24 hours for those who repeat a request",
    "service.idempotency_keys": "answers, kept for 24 hours for those who repeat a request",
}
_PATIENCE, _PAUSE = 90.0, 0.5
#: At least so many tables hold something of the customer before.
_TABLES = 7

Traces = dict[str, set[str]]


def move_away(company: Company, canaries: Canaries, planter: Planter) -> Iterator[Check]:
    """Move the customer of one region to the other, and look what stands where before and after."""
    before = _traces(company.regions[FROM], canaries, planter.customer_words)
    users = company.people[TO].do("GET", "/directory/v1/users?page_size=200")["users"]
    owner = next(each["id"] for each in users if each["email"] == "sara@meridian.example")
    move = planter.move(TO, owner)
    wait_until(lambda: bool(_look(company, move).get("close_time")), _PATIENCE, _PAUSE)
    move = _look(company, move)
    yield Check("the customer moved", "CUSTOMER_MOVE_STATE_DONE", move["state"])
    here = _traces(company.regions[FROM], canaries, planter.customer_words)
    there = _traces(company.regions[TO], canaries, planter.customer_words)
    for table, words in before.items():
        if table not in STAYING:
            yield Check(
                f"{TO}: words of {table} that did not come",
                [],
                sorted(words - there.get(table, set())),
            )
    for table in sorted(set(here) & set(STAYING)):
        print(f"{len(here[table])} words of the customer stay in {FROM}, {table}: {STAYING[table]}")
    unexplained = {table: words for table, words in here.items() if table not in STAYING}
    yield Check(f"{FROM}: words that stayed for no reason", {}, unexplained)
    yield Check("tables of the customer", True, len(set(before) - set(STAYING)) >= _TABLES)


def _look(company: Company, move: Any) -> Any:
    return company.people[FROM].do("GET", f"/directory/v1/customer_moves/{move['id']}")


def _traces(region: Region, canaries: Canaries, words: Set[str]) -> Traces:
    """Which of the words stand in which table of a region."""
    found = {}
    for service in SERVICES:
        for table in manifest(service).metadata.tables:
            with region.connection(service) as connection:
                rows = connection.execute(
                    sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))
                ).fetchall()
            content = b"\n".join(_bytes(value) for row in rows for value in row)
            if known := canaries.found(content) & words:
                found[f"{service}.{table}"] = known
    return found


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
