"""Whether the regions agree: everything that crossed was handled everywhere, once; reference data and
decisions are the same; what people were promised is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chassis.border import crossings
from chassis.consumer import duty
from chassis.manifest import BORDER, NOTHING
from chassis.settings import SERVICES
from cli.assembly import manifest
from tests.faults.reconciliation import Check
from tests.regions.company import HUB, Company
from tests.regions.labour import Ledger

_DECISIONS = "/partners/v1/clearance_digest"
#: Services with reference data.
MIRRORING = tuple(name for name in SERVICES if manifest(name).mirror is not NOTHING)


def checks(company: Company, ledgers: Mapping[str, Ledger]) -> Iterator[Check]:
    """All that must hold once the regions have converged."""
    for name, ledger in ledgers.items():
        yield from _kept(company, name, ledger)
    yield from travelled(company)
    yield from mirrored(company)
    yield from _matched(company, ledgers)
    yield from _decided(company, ledgers)


def _kept(company: Company, name: str, ledger: Ledger) -> Iterator[Check]:
    """Nothing that a region promised is lost or there twice."""
    yield Check(f"{name}: failures of people", [], ledger.failures[:3])
    region = company.regions[name]
    for service, table, promised in (
        ("sales", "accounts", ledger.accounts),
        ("sales", "products", ledger.products),
        ("partners", "deals", ledger.deals),
    ):
        rows = region.query(service, f"SELECT id FROM {table}")  # noqa: S608
        stored = {row["id"] for row in rows}
        yield Check(f"{name}: {table} promised and lost", 0, len(set(promised.values()) - stored))
    entered = region.query(
        "sales",
        "SELECT count(DISTINCT holder_id) AS holders, count(DISTINCT key) AS keys "
        "FROM identifiers WHERE key LIKE '%customer%'",
    )[0]
    yield Check(f"{name}: customers entered twice", entered["keys"], entered["holders"])


def travelled(company: Company, restored: str = "") -> Iterator[Check]:
    """What left any region was received by every service that wants it, in every region, once.

    restored: a region that forgot a part of what it told; the others may have received that too.
    """
    announced = _crossed(company)
    for name, region in company.regions.items():
        for service in SERVICES:
            waiting = region.query(
                service, "SELECT count(*) AS n FROM outbox WHERE publish_time IS NULL"
            )
            yield Check(f"{name} {service}: events not published", 0, waiting[0]["n"])
            dead = region.query(service, "SELECT count(*) AS n FROM dead_letters")
            yield Check(f"{name} {service}: dead letters", 0, dead[0]["n"])
            kinds = {r.event.DESCRIPTOR.full_name for r in manifest(service).reactions_from(BORDER)}
            if not kinds:
                continue
            consumer = duty(service, BORDER)
            rows = region.query(
                service,
                f"SELECT event_id FROM inbox WHERE consumer = '{consumer}'",  # noqa: S608
            )
            received = {row["event_id"] for row in rows}
            wanted = {event for event, kind in announced.items() if kind in kinds}
            wrong = wanted - received if restored not in ("", name) else wanted ^ received
            yield Check(f"{name} {consumer}: lost or invented", 0, len(wrong))
            yield Check(f"{name} {consumer}: receipts", len(received), len(rows))


def _crossed(company: Company) -> dict[str, str]:
    """The type of every event that left a region, by its id."""
    found = {}
    for name, region in company.regions.items():
        for service in SERVICES:
            rows = region.query(service, "SELECT event_id, headers->>'ce-type' AS kind FROM outbox")
            for row in rows:
                crossing = crossings().get(row["kind"])
                if crossing and crossing.leaves(name, HUB):
                    found[row["event_id"]] = row["kind"]
    return found


def mirrored(company: Company) -> Iterator[Check]:
    """The reference data of every region is the hub's."""
    for service in MIRRORING:
        hub = company.people[HUB].do("GET", f"/{service}/v1/reference_replica")
        for name in company.regions:
            if name != HUB:
                here = company.people[name].do("GET", f"/{service}/v1/reference_replica")
                yield Check(f"{name} {service}: reference data", _sum(hub), _sum(here))


def _sum(replica: Mapping[str, Any]) -> str:
    return f"{replica.get('records', 0)} {replica.get('digest', '')[:12]}"


def _matched(company: Company, ledgers: Mapping[str, Ledger]) -> Iterator[Check]:
    """Customers of two regions with the same address are known to both as possible duplicates."""
    for name, region in company.regions.items():
        expected = sum(
            number in other.accounts
            for number in ledgers[name].accounts
            for other_name, other in ledgers.items()
            if other_name != name
        )
        rows = region.query("directory", "SELECT count(*) AS n FROM customer_matches")
        yield Check(f"{name}: possible duplicates", expected, rows[0]["n"])


def _decided(company: Company, ledgers: Mapping[str, Ledger]) -> Iterator[Check]:
    """Of the deals for one customer and product line, one is approved in all regions together."""
    states: dict[int, list[str]] = {}
    for name, ledger in ledgers.items():
        rows = company.regions[name].query("partners", "SELECT id, state FROM deals")
        by_id = {row["id"]: row["state"] for row in rows}
        for number, deal in ledger.deals.items():
            states.setdefault(number, []).append(by_id.get(deal, "lost"))
    approved = [found.count("approved") for found in states.values()]
    yield Check("deals approved in two regions", 0, sum(number > 1 for number in approved))
    yield Check("deals that still wait for the hub", 0, _count(states, "clearing"))
    yield Check("customers with one approved deal", len(states), approved.count(1))
    yield from same_decisions(company)


def same_decisions(company: Company) -> Iterator[Check]:
    """Every region knows the decisions of the hub, and no others."""
    hub = company.people[HUB].do("GET", _DECISIONS)["digest"]
    for name, person in company.people.items():
        if name != HUB:
            yield Check(f"{name}: decisions", hub[:12], person.do("GET", _DECISIONS)["digest"][:12])


def _count(states: Mapping[int, list[str]], state: str) -> int:
    return sum(found.count(state) for found in states.values())
