"""Whether all that was asked for happened, once: requests against rows, rows against events, events
against receipts, and the totals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from chassis.consumer import duty
from chassis.manifest import BORDER, Service
from chassis.outbox import subject_of
from chassis.settings import SERVICES
from cli.assembly import manifest
from tests.faults.clerks import Ledger, amount
from tests.faults.region import Region

#: Events of one lead's way; sales makes an account, a contact and an opportunity of it and wins it.
EVENTS = {
    "marketing": ("lead.created", "lead.worked", "lead.qualified", "lead.converted"),
    "sales": (
        "handover.accepted",
        "account.created",
        "contact.created",
        "opportunity.created",
        "opportunity.won",
    ),
}


@dataclass(frozen=True)
class Check:
    """One line of the table."""

    what: str
    expected: object
    found: object

    @property
    def holds(self) -> bool:
        """Whether it is as it should be."""
        return self.expected == self.found


def print_table(results: list[Check]) -> None:
    """Show each line: what it is, what it should be, what it is, and whether that is wrong."""
    width = max(len(check.what) for check in results)
    for check in results:
        verdict = "" if check.holds else "   WRONG"
        print(f"  {check.what:<{width}}  {check.expected!s:>12}  {check.found!s:>12}{verdict}")
    wrong = sum(not check.holds for check in results)
    print(f"{len(results)} checks, {wrong} wrong")


def settled(region: Region) -> bool:
    """Whether nothing is on its way any more: every outbox is empty and every event received."""
    return all(check.holds for check in travel(region))


def baseline(region: Region) -> dict[str, int]:
    """What is there before the run: the sample company has leads of its own."""
    return {
        check.what: check.found for check in _growing(region, 0) if isinstance(check.found, int)
    }


def checks(
    region: Region, ledger: Ledger, leads: int, before: Mapping[str, int]
) -> Iterator[Check]:
    """Everything that must hold at the end; before is the baseline."""
    yield Check("requests that were refused or lost", [], ledger.failures[:5])
    yield from _answers(region, ledger, leads)
    for check in _growing(region, leads):
        grown = check.found - before[check.what] if isinstance(check.found, int) else check.found
        yield replace(check, found=grown)
    yield from matches(region)
    yield from travel(region)
    yield Check("crash points that nobody reached", [], region.fuses())


def _growing(region: Region, leads: int) -> Iterator[Check]:
    """What so many leads add to what was there."""
    yield from _rows(region, leads)
    yield from _announcements(region, leads)
    yield from _totals(region, leads)


def _answers(region: Region, ledger: Ledger, leads: int) -> Iterator[Check]:
    """What clients were told is what is stored."""
    rows = region.query("marketing", "SELECT id, lead_id, opportunity_id, state FROM conversions")
    stored = {row["id"]: row for row in rows}
    told = {
        number: (ledger.leads[number], ledger.opportunities.get(number), "done")
        for number in ledger.conversions
    }
    kept = {
        number: _facts(stored.get(conversion_id))
        for number, conversion_id in ledger.conversions.items()
    }
    wrong = [number for number in told if told[number] != kept[number]]
    yield Check("leads of which a client was told the end", leads, len(ledger.opportunities))
    yield Check("answers that differ from what is stored", [], wrong)


def _rows(region: Region, leads: int) -> Iterator[Check]:
    """Each lead became one of everything."""
    yield Check("leads", leads, _count(region, "marketing", "leads", "state = 'converted'"))
    yield Check("leads in any state", leads, _count(region, "marketing", "leads"))
    yield Check("companies among them", leads, _count(region, "marketing", "leads", of="company"))
    yield Check(
        "conversions done", leads, _count(region, "marketing", "conversions", "state = 'done'")
    )
    yield Check("conversions in any state", leads, _count(region, "marketing", "conversions"))
    for table in ("handovers", "accounts", "contacts", "opportunities"):
        yield Check(table, leads, _count(region, "sales", table))
    won = "state = 'won'"
    yield Check("opportunities won", leads, _count(region, "sales", "opportunities", won))


def matches(region: Region) -> Iterator[Check]:
    """What marketing and sales know of each conversion is the same."""
    pairs = "SELECT source_id, opportunity_id FROM handovers"
    handed = {(r["source_id"], r["opportunity_id"]) for r in region.query("sales", pairs)}
    pairs = "SELECT id, opportunity_id FROM conversions"
    known = {(r["id"], r["opportunity_id"]) for r in region.query("marketing", pairs)}
    yield Check("conversions and handovers that do not match", set(), handed ^ known)


def _announcements(region: Region, leads: int) -> Iterator[Check]:
    """Each fact was announced once."""
    for service, subjects in EVENTS.items():
        for subject in subjects:
            like = f"subject LIKE '%.{service}.{subject}.v1'"
            once = _count(region, service, "outbox", like, of="aggregate_id")
            yield Check(f"{subject}: aggregates", leads, once)
            yield Check(f"{subject}: events", leads, _count(region, service, "outbox", like))


def travel(region: Region) -> Iterator[Check]:
    """Nothing waits, nothing is dead, and what each consumer received is what was announced to it."""
    outboxes = {
        name: region.query(name, "SELECT event_id, subject FROM outbox") for name in SERVICES
    }
    for name in SERVICES:
        waiting = _count(region, name, "outbox", "publish_time IS NULL")
        yield Check(f"{name}: events not published", 0, waiting)
        yield Check(f"{name}: dead letters", 0, _count(region, name, "dead_letters"))
        service = manifest(name)
        for source in (s for s in service.sources() if s != BORDER):
            consumer = duty(name, source)
            announced = _announced_to(service, source, outboxes[source])
            rows = region.query(name, f"SELECT event_id FROM inbox WHERE consumer = '{consumer}'")  # noqa: S608
            received = {row["event_id"] for row in rows}
            yield Check(f"{consumer}: receipts", len(announced), len(rows))
            yield Check(f"{consumer}: lost or invented", 0, len(announced ^ received))


def _announced_to(service: Service, source: str, outbox: list[dict[str, Any]]) -> set[str]:
    wanted = {subject_of(r.event, "na") for r in service.reactions_from(source)}
    return {row["event_id"] for row in outbox if row["subject"] in wanted}


def _totals(region: Region, leads: int) -> Iterator[Check]:
    """The money is all there, and all of it is credited."""
    total = sum(int(str(amount(number)["amount_minor"])) for number in range(leads))
    rows = region.query("sales", "SELECT sum(amount_minor) AS total FROM opportunities")
    yield Check("worth of the opportunities, minor units", total, int(rows[0]["total"] or 0))
    for model in ("first_touch", "last_touch"):
        rows = region.query(
            "marketing",
            f"SELECT sum(amount_minor) AS total FROM attributions WHERE model = '{model}'",  # noqa: S608
        )
        yield Check(f"revenue credited, {model}", total, int(rows[0]["total"] or 0))


def _facts(row: dict[str, Any] | None) -> tuple[Any, ...] | None:
    return row and (row["lead_id"], row["opportunity_id"], row["state"])


def _count(region: Region, service: str, table: str, condition: str = "true", of: str = "*") -> int:
    """How many rows meet the condition, or how many different values of a column they have."""
    what = f"DISTINCT {of}" if of != "*" else of
    rows = region.query(service, f"SELECT count({what}) AS n FROM {table} WHERE {condition}")  # noqa: S608
    return int(rows[0]["n"])
