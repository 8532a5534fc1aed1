"""Whether a restored region and the others agree: promises, the decisions about deals, possible duplicates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tests.faults.reconciliation import Check
from tests.regions.company import Company
from tests.regions.labour import Ledger, key_of

#: In these states nobody else may have the customer and product line of a deal.
_PROTECTED = ("approved", "converting", "converted")


def kept(
    company: Company, ledgers: Mapping[str, Ledger], lost: Mapping[str, Mapping[str, float]]
) -> Iterator[Check]:
    """What was promised is there, but for the changes that were lost with a region's last moments.

    lost: for each restored region the keys of the requests whose changes are not there.
    """
    for name, ledger in ledgers.items():
        yield Check(f"{name}: failures of people", [], ledger.failures[:3])
        for service, table, promised in (
            ("sales", "accounts", ledger.accounts),
            ("sales", "products", ledger.products),
            ("partners", "deals", ledger.deals),
        ):
            path = f"/{service}/v1/{table}"
            safe = {
                record
                for number, record in promised.items()
                if key_of(ledger.run, path, number, "create") not in lost.get(name, {})
            }
            missing = safe - _ids(company, name, service, table)
            yield Check(f"{name}: {table} missing, not among the last", 0, len(missing))


def decided_once(company: Company) -> Iterator[Check]:
    """No customer is protected twice, nothing waits, and what the hub holds is held by deals that there are."""
    protected: dict[str, str] = {}
    twice, waiting = 0, 0
    for name, region in company.regions.items():
        for deal in region.query("partners", "SELECT id, state, customer FROM deals"):
            waiting += deal["state"] == "clearing"
            if deal["state"] in _PROTECTED:
                tax_id = deal["customer"]["tax_id"]
                twice += tax_id in protected
                protected[tax_id] = deal["id"]
        yield Check(f"{name}: deals that still wait for the hub", 0, waiting)
    claims = company.hub.query(
        "partners", "SELECT DISTINCT holder_id FROM claims WHERE key LIKE 'clearance|%'"
    )
    holders = {row["holder_id"] for row in claims}
    yield Check("customers protected in two regions", 0, twice)
    yield Check(
        "deals that are protected and the hub holds nothing",
        0,
        len(set(protected.values()) - holders),
    )
    yield Check(
        "deals that the hub holds for and are not protected",
        0,
        len(holders - set(protected.values())),
    )


def matched(company: Company, restored: str) -> Iterator[Check]:
    """Of every two customers with one address both regions know."""
    customers = {name: _customers(company, name) for name in company.regions}
    for name, region in company.regions.items():
        found = Counter(
            (row["customer_id"], row["other_customer_id"])
            for row in region.query(
                "directory",
                "SELECT customer_id, other_customer_id FROM customer_matches WHERE state <> 'withdrawn'",
            )
        )
        expected = {
            (customer, others[key])
            for other, others in customers.items()
            for key, customer in customers[name].items()
            if other != name and key in others
        }
        yield Check(f"{name}: possible duplicates not found", 0, len(expected - set(found)))
        yield Check(f"{name}: possible duplicates that are none", 0, len(set(found) - expected))


def _customers(company: Company, name: str) -> dict[str, str]:
    rows = company.regions[name].query(
        "sales", "SELECT holder_id, key FROM identifiers WHERE key LIKE '%customer%'"
    )
    return {row["key"]: row["holder_id"] for row in rows}


def _ids(company: Company, name: str, service: str, table: str) -> set[Any]:
    rows = company.regions[name].query(service, f"SELECT id FROM {table}")  # noqa: S608
    return {row["id"] for row in rows}
