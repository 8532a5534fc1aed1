"""The real rules in fast motion: every window and every waiting time shortened by one factor.

Thresholds are as they are: an outbox is stuck when an event has waited for 60 real seconds.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

#: One minute of the rules lasts one second.
FACTOR = 60

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_RANGE = re.compile(r"\[(\d+)([smhd])\]")
_DURATION = re.compile(r"(\d+)([smhd])")


def shorten(source: Path, target: Path) -> None:
    """Write the rules of one folder into another, in fast motion."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.yaml")):
        document = yaml.safe_load(path.read_text())
        for group in document["groups"]:
            group["rules"] = [_shortened(rule) for rule in group["rules"]]
        (target / path.name).write_text(yaml.safe_dump(document, sort_keys=False))


def _shortened(rule: dict[str, Any]) -> dict[str, Any]:
    changed = rule | {
        "expr": _RANGE.sub(lambda found: f"[{_milliseconds(*found.groups())}ms]", rule["expr"])
    }
    if "for" in rule:
        parts = _DURATION.findall(rule["for"])
        changed["for"] = f"{sum(_milliseconds(*part) for part in parts)}ms"
    return changed


def _milliseconds(number: str, unit: str) -> int:
    """How long a duration of the rules, for instance ("5", "m"), lasts here."""
    return int(number) * _UNITS[unit] * 1000 // FACTOR
