"""docs/observability.md names the metrics that there are, and the figures and faults of the check, each once."""

from __future__ import annotations

import re

from prometheus_client import REGISTRY

from chassis.settings import SERVICES
from cli.assembly import manifest
from tests.monitoring import border_faults, faults, storage_faults
from tests.monitoring.course import Expected
from tests.unit.monitoring.test_rules import DECLARED, NAMES, ROOT

PAGE = (ROOT / "docs" / "observability.md").read_text()


def section(heading: str) -> str:
    """The part of the page below a heading."""
    return PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def declared() -> set[str]:
    """Our own metrics as they are scraped: counters end in _total."""
    assert DECLARED
    families = [each for each in REGISTRY.collect() if each.name.startswith("meridian_")]
    figures = {f"meridian_{each.name}" for name in SERVICES for each in manifest(name).figures}
    return figures | {each.name + "_total" * (each.type == "counter") for each in families}


def test_every_metric_is_documented_and_every_documented_one_exists() -> None:
    rows = re.findall(r"^\| (`meridian_.*?) \|", section("What is measured"), re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(meridian_\w+)`", row)]
    assert sorted(named) == sorted(declared())


def test_the_table_of_faults_names_the_alerts_that_they_raise() -> None:
    every = (*faults.FAULTS, *storage_faults.FAULTS, storage_faults.FULL_DISK)
    expected: list[Expected] = []
    for fault in (*every, *border_faults.FAULTS):
        expected += (*fault.expected, *fault.afterwards)
    shown = {each.name for each in expected}
    table, rest = section("Seeing them come and go").split("\n\nPromtool alone shows ")
    assert set(re.findall(r"\bMeridian[A-Z]\w+", table)) == shown
    assert set(re.findall(r"\bMeridian[A-Z]\w+", rest)) == NAMES - shown
