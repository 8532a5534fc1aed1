"""Whether a restored region is whole: what was promised is there, and what is there agrees with itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.faults import reconciliation
from tests.faults.reconciliation import Check
from tests.faults.region import Region

LONGEST_LOSS = 60.0
"""Seconds (PLT-9)."""


def lost(region: Region, answered: Mapping[str, float]) -> dict[str, float]:
    """The changes that were promised and are not there: when that was, by the keys of their requests.

    A change and the key of its request are kept in one transaction, so a missing key is a lost change.
    """
    kept = {
        row["key"]
        for service in ("marketing", "sales", "partners")
        for row in region.query(service, "SELECT key FROM idempotency_keys")
    }
    return {key: moment for key, moment in answered.items() if key not in kept}


def unsettled(region: Region) -> int:
    """Conversions that are still between marketing and sales."""
    pending = "SELECT count(*) AS n FROM conversions WHERE state = 'pending'"
    return int(region.query("marketing", pending)[0]["n"])


def figures(region: Region) -> dict[str, int]:
    """Rows, announced events and totals, as they are."""
    return reconciliation.baseline(region)


def agreements(region: Region, before: Mapping[str, int]) -> Iterator[Check]:
    """What must hold in any consistent state; before: the figures of a state without work."""
    grown = {what: number - before[what] for what, number in figures(region).items()}
    done = grown["conversions done"]
    yield Check("leads converted and conversions done", done, grown["leads"])
    for table in ("handovers", "accounts", "contacts", "opportunities"):
        yield Check(f"conversions done and {table}", done, grown[table])
    won = grown["opportunities won"]
    yield Check("opportunities won and told of", won, grown["opportunity.won: aggregates"])
    yield Check("opportunities won and told of once", won, grown["opportunity.won: events"])
    yield Check(
        "leads and told of once", grown["leads in any state"], grown["lead.created: events"]
    )
    yield from reconciliation.matches(region)
    yield from reconciliation.travel(region)
    yield from _money(region)


def same(wanted: Mapping[str, int], region: Region) -> Iterator[Check]:
    """Every figure as it was."""
    found = figures(region)
    for what, number in wanted.items():
        yield Check(what, number, found[what])


def _money(region: Region) -> Iterator[Check]:
    """What leads brought in is credited to their campaigns, once."""
    won = (
        "SELECT coalesce(sum(amount_minor), 0)::bigint AS total FROM opportunities"
        " WHERE state = 'won' AND lead_id <> ''"
    )
    total = region.query("sales", won)[0]["total"]
    for model in ("first_touch", "last_touch"):
        credits = "SELECT coalesce(sum(amount_minor), 0)::bigint AS total FROM attributions"
        found = region.query("marketing", f"{credits} WHERE model = '{model}'")[0]["total"]
        yield Check(f"revenue won and credited, {model}, minor units", total, found)
