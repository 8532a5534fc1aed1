"""docs/observability.md names each metric that there is, once, and the alerts that the check raises."""

from __future__ import annotations

import re

from tests.monitoring import border_faults, faults, storage_faults
from tests.monitoring.course import Expected
from tests.unit.monitoring.test_rules import NAMES, ROOT, exported

PAGE = (ROOT / "docs" / "observability.md").read_text()


def section(heading: str) -> str:
    """The part of the page below a heading."""
    return PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def declared() -> set[str]:
    """Our own metrics, a histogram once."""
    series = {name for name in exported() if name.startswith("meridian_")}
    parts = {name + part for name in series for part in ("_bucket", "_count", "_sum")}
    return series - parts


def test_every_metric_is_documented_and_every_documented_one_exists() -> None:
    rows = re.findall(r"^\| (`meridian_.*?) \|", section("What is measured"), re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(meridian_\w+)`", row)]
    assert sorted(named) == sorted(declared())


def test_every_alert_is_raised_by_a_fault_of_the_check_and_stands_in_its_table() -> None:
    every = (*faults.FAULTS, *storage_faults.FAULTS, storage_faults.FULL_DISK)
    expected: list[Expected] = []
    for fault in (*every, *border_faults.FAULTS):
        expected += (*fault.expected, *fault.afterwards)
    shown = {each.name for each in expected}
    assert set(re.findall(r"\bMeridian[A-Z]\w+", section("Seeing them come and go"))) == shown
    assert shown == NAMES
